"""Sign-in of accounts over Telethon. Each step uses a separate connection, so that an interrupted sign-in needs no
special handling.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from subscriptions.domain.ports.account_login import LoginProblem, LoginRefused
from subscriptions.domain.ports.channel_provisioner import AccountUnavailable
from subscriptions.infrastructure.telegram.errors import DataCentreChange, connection_errors, login_errors
from subscriptions.infrastructure.telegram.fence import disconnect
from subscriptions.infrastructure.telegram.userbot_client import CONNECT_TIMEOUT, TelegramApp, client_of

PASSWORD_TIMEOUT: Final = 60.0
"""Timeout in seconds of a password check, which needs some computation besides two requests."""


@dataclass(frozen=True)
class TelethonLogin:
    """Implementation of TelegramLogin with the same client settings as the accounts' normal operation: no request is
    sent twice.
    """

    app: TelegramApp

    async def send_code(self, phone: str) -> tuple[str, str]:
        """Implements `TelegramLogin.send_code`."""
        async with self._connection("") as client:
            try:
                sent_code = await self._send_code(client, phone)
            except DataCentreChange:
                # The account belongs to another data center, to which the client is now connected.
                sent_code = await self._send_code(client, phone)
            return client.session.save(), sent_code.phone_code_hash

    async def sign_in(self, session: str, phone: str, code_hash: str, code: str) -> int:
        """Implements `TelegramLogin.sign_in`."""
        async with self._connection(session) as client:
            with login_errors("SignIn"):
                call = client.sign_in(phone, code, phone_code_hash=code_hash)
                return int((await asyncio.wait_for(call, self.app.call_timeout)).id)

    async def check_password(self, session: str, password: str) -> int:
        """Implements `TelegramLogin.check_password`."""
        async with self._connection(session) as client:
            with login_errors("CheckPassword"):
                return int((await asyncio.wait_for(client.sign_in(password=password), PASSWORD_TIMEOUT)).id)

    async def signed_in(self, session: str) -> int | None:
        """Implements `TelegramLogin.signed_in`."""
        async with self._connection(session) as client:
            with login_errors("GetUsers"):
                myself = await asyncio.wait_for(client.get_me(), self.app.call_timeout)
                return None if myself is None else int(myself.id)

    async def _send_code(self, client: Any, phone: str) -> Any:
        with login_errors("SendCode"):
            return await asyncio.wait_for(client.send_code_request(phone), self.app.call_timeout)

    @asynccontextmanager
    async def _connection(self, session: str) -> AsyncIterator[Any]:
        client = client_of(self.app, session)
        try:
            try:
                with connection_errors():
                    await asyncio.wait_for(client.connect(), CONNECT_TIMEOUT)
            except AccountUnavailable as error:
                raise LoginRefused(LoginProblem.LOST) from error
            yield client
        finally:
            await disconnect(client)
