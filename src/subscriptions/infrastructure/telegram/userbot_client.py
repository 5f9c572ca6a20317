"""Telethon clients that cannot create a channel twice.

By default, Telethon resends a pending request after reconnecting and retries after server errors; both could create a
second channel. With the settings here, every request is sent once: no reconnect, no retry, no automatic waiting.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from telethon import TelegramClient
from telethon.crypto import rsa
from telethon.sessions import StringSession

from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.channel_provisioner import AccountUnavailable, ChannelProvisioner, FloodWait
from subscriptions.domain.ports.clock import Clock
from subscriptions.infrastructure.steady import steady
from subscriptions.infrastructure.telegram.channel_provisioner import TelethonProvisioner
from subscriptions.infrastructure.telegram.errors import CONNECT, connection_errors
from subscriptions.infrastructure.telegram.fence import Fence
from subscriptions.infrastructure.telegram.session_vault import SessionVault

CONNECT_TIMEOUT = 20.0
"""Timeout in seconds for connecting. Telethon itself has no such timeout."""
KEY_EXCHANGES: Final = 3
"""Maximum number of attempts to exchange a new key. Telegram refuses one exchange in 256, because Telethon drops
leading zeros of the key.
"""
HANG_UP_AFTER: Final = 10
"""Seconds after the client's last ping until Telegram closes a connection."""
ON_ITS_WAY: Final = 2
"""Maximum time in seconds that a ping takes to reach Telegram."""


@dataclass(frozen=True, kw_only=True)
class DataCentre:
    """Data center other than Telegram's own: its address, and the PEM file of its public key (PKCS#1)."""

    host: str
    port: int
    public_key: Path


@dataclass(frozen=True, kw_only=True)
class TelegramApp:
    """Application as registered at my.telegram.org.

    call_timeout: seconds after which an unanswered request counts as lost; Telethon itself has no timeout
    hang_up_after: see HANG_UP_AFTER; only tests use another value
    """

    api_id: int
    api_hash: str
    data_centre: DataCentre | None = None
    call_timeout: float = 20.0
    hang_up_after: int = HANG_UP_AFTER


def safe_client(app: TelegramApp, session: StringSession) -> TelegramClient:
    """Create a client that sends each request at most once."""
    if app.data_centre is not None:
        rsa.add_key(app.data_centre.public_key.read_text(), old=False)
        session.set_dc(session.dc_id or 2, app.data_centre.host, app.data_centre.port)
    return TelegramClient(
        session,
        app.api_id,
        app.api_hash,
        auto_reconnect=False,
        request_retries=0,
        # Without a key, no request can be sent twice, so the key exchange may be repeated.
        connection_retries=1 if session.auth_key else KEY_EXCHANGES,
        retry_delay=0,
        raise_last_call_error=True,
        flood_sleep_threshold=0,
        receive_updates=False,
        device_model="Umbral",
        app_version="1",
    )


def client_of(app: TelegramApp, session: str) -> TelegramClient:
    """Create a client with the settings of `safe_client` from a session string. An empty string is a session without a
    signed-in account.
    """
    return safe_client(app, StringSession(session))


class TelethonSessions:
    """Connections of the accounts whose leases this process holds. A connection is opened for one batch of work at a
    time.
    """

    def __init__(self, app: TelegramApp, vault: SessionVault, clock: Clock) -> None:
        self._app = app
        self._vault = vault
        self._clock = clock
        self._ownership: dict[AccountId, Callable[[], bool]] = {}
        self._locks: dict[AccountId, asyncio.Lock] = {}
        self._open_ones: dict[AccountId, Fence] = {}
        self._waits: dict[AccountId, float] = {}

    def hold(self, account_id: AccountId, may_speak: Callable[[], bool]) -> None:
        """Allow this process to connect as the account for as long as `may_speak` returns True."""
        self._ownership[account_id] = may_speak

    async def let_go(self, account_id: AccountId, patience: float) -> None:
        """Stop opening connections of the account, and return when its open connection is closed. Only then may another
        process connect with the account. If it is unknown whether Telegram closed the connection, return only after
        Telegram's timeout is over.

        `patience`: seconds after which work in progress is interrupted, so that its result becomes Ambiguous.
        """
        session = self._ownership.pop(account_id, None)
        try:
            async with asyncio.timeout(patience):
                await self._close_client(account_id)
        except TimeoutError:
            fence = self._open_ones.get(account_id)
            if fence is not None:
                await self._close(account_id, fence)
            await self._close_client(account_id)
        if session is not None and session():
            await asyncio.sleep(self._rest(account_id))

    def open(self, account: UserbotAccount) -> AbstractAsyncContextManager[ChannelProvisioner]:
        """Implements `AccountSessions.open`. Also raises RetryLater if this process no longer holds the account."""
        return self._open(account)

    @asynccontextmanager
    async def _open(self, account: UserbotAccount) -> AsyncIterator[ChannelProvisioner]:
        permit = partial(self._check, account.id)
        async with self._lock(account.id):
            permit()
            self._check_waits(account)
            client = client_of(self._app, self._vault.unseal(account.session))
            fence = Fence(client, self._ownership[account.id], self._app.hang_up_after)
            self._open_ones[account.id] = fence
            pings = asyncio.create_task(fence.keep())
            try:
                await _connect(client)
                yield TelethonProvisioner(client, account, self._clock, permit=permit, timeout=self._app.call_timeout)
            finally:
                pings.cancel()
                try:
                    await self._close(account.id, fence)
                finally:
                    del self._open_ones[account.id]

    async def _close(self, account_id: AccountId, fence: Fence) -> None:
        # Set before closing, because the caller may be cancelled while the connection is still closing.
        self._rest_from_now(account_id)
        if await fence.close():
            self._waits.pop(account_id, None)
        else:
            self._rest_from_now(account_id)

    def _rest_from_now(self, account_id: AccountId) -> None:
        self._waits[account_id] = steady() + self._app.hang_up_after + ON_ITS_WAY

    def _rest(self, account_id: AccountId) -> float:
        """Return the seconds until Telegram has certainly closed the last connection of the account."""
        return max(0.0, self._waits.get(account_id, 0.0) - steady())

    def _check(self, account_id: AccountId) -> None:
        session = self._ownership.get(account_id)
        if session is None or not session():
            raise RetryLater(f"account {account_id} is not held by this process")

    def _check_waits(self, account: UserbotAccount) -> None:
        rest = self._rest(account.id)
        if rest:
            # Two connections at the same time would end the session.
            raise RetryLater(f"account {account.id}'s last connection may be open yet", delay=timedelta(seconds=rest))
        now = self._clock.now()
        end = account.waits_until(CONNECT, now)
        if end is not None:
            raise FloodWait(CONNECT, end - now)

    async def _close_client(self, account_id: AccountId) -> None:
        async with self._lock(account_id):
            pass

    def _lock(self, account_id: AccountId) -> asyncio.Lock:
        return self._locks.setdefault(account_id, asyncio.Lock())


async def _connect(client: TelegramClient) -> None:
    with connection_errors():
        await asyncio.wait_for(client.connect(), CONNECT_TIMEOUT)
        if not await asyncio.wait_for(client.is_user_authorized(), CONNECT_TIMEOUT):
            raise AccountUnavailable("dead", "the session is not logged in")
