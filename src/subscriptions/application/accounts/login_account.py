"""Sign-in of a userbot account, step by step. The result of each step is stored encrypted, so that a later run can
continue the sign-in.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from subscriptions.application.accounts.manage_pool import AccountTerms, Admission, admit
from subscriptions.domain.entities.userbot_account import phone_number
from subscriptions.domain.entities.variable import Variable, text
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.account_login import LoginProblem, LoginRefused, Seal, TelegramLogin
from subscriptions.domain.ports.channel_provisioner import FloodWait
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

_ENDINGS: Final = frozenset({LoginProblem.CODE_EXPIRED, LoginProblem.LOST})
"""Problems after which the sign-in must be started again."""


class Owed(StrEnum):
    """Input that Telegram requires next in a sign-in. `two_step`: the password for two-step verification."""

    CODE = "code"
    TWO_STEP = "two_step"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class LoginStep:
    """Next step of a sign-in. `asked_at`: time at which Telegram sent the code, if this run continues an earlier
    sign-in; None if the code was sent in this run.
    """

    owed: Owed
    asked_at: datetime | None = None


_LOGIN: Final = text("account_login")
"""State of a sign-in in progress, encrypted and keyed by phone number."""


@dataclass(frozen=True, kw_only=True)
class _StoredLogin:
    """Stored sign-in attempt. `rest_until`: earliest time at which Telegram accepts another step."""

    session: str = ""
    code_hash: str = ""
    asked_at: str = ""
    two_step_owed: bool = False
    rest_until: str | None = None


@dataclass(frozen=True)
class LoginAccount:
    """Use case that adds an account to the pool by its phone number, or signs in an account of the pool again."""

    units: UnitOfWorkFactory
    telegram: TelegramLogin
    vault: Seal
    clock: Clock
    terms: AccountTerms

    async def begin(self, phone: str) -> LoginStep:
        """Continue an earlier sign-in, or have Telegram send a code. Raises InvalidInput and the errors of
        TelegramLogin.
        """
        login = await self._stored_login(phone)
        if not login.session:
            return await self.send_code(phone)
        try:
            async with self._respect_wait(phone, login):
                whose = await self.telegram.signed_in(login.session)
        except LoginRefused as error:
            if error.problem not in _ENDINGS:
                raise
            return await self.send_code(phone)
        if whose is not None:
            return LoginStep(owed=Owed.NOTHING)
        return LoginStep(
            owed=Owed.TWO_STEP if login.two_step_owed else Owed.CODE, asked_at=datetime.fromisoformat(login.asked_at)
        )

    async def send_code(self, phone: str) -> LoginStep:
        """Have Telegram send a new code, and discard any sign-in in progress."""
        login = await self._stored_login(phone)
        async with self._respect_wait(phone, login):
            session, code_hash = await self.telegram.send_code(phone_number(phone))
        await self._keep(
            phone, _StoredLogin(session=session, code_hash=code_hash, asked_at=self.clock.now().isoformat())
        )
        return LoginStep(owed=Owed.CODE)

    async def give_code(self, phone: str, code: str) -> LoginStep:
        """Submit the code as the person typed it. After a wrong code, another code may be submitted."""
        login = await self._under_way(phone)
        try:
            async with self._respect_wait(phone, login):
                await self.telegram.sign_in(login.session, phone_number(phone), login.code_hash, code.strip())
        except LoginRefused as error:
            if error.problem is not LoginProblem.TWO_STEP_OWED:
                raise
            await self._keep(phone, replace(login, two_step_owed=True))
            return LoginStep(owed=Owed.TWO_STEP)
        return LoginStep(owed=Owed.NOTHING)

    async def give_password(self, phone: str, password: str) -> LoginStep:
        """Submit the account's password for two-step verification."""
        login = await self._under_way(phone)
        async with self._respect_wait(phone, login):
            await self.telegram.check_password(login.session, password)
        return LoginStep(owed=Owed.NOTHING)

    async def finish(self, phone: str, label: str | None = None) -> Admission:
        """Add the signed-in account to the pool, or store the new session of an account in the pool. `label`: name of
        the account for staff.
        """
        login = await self._under_way(phone)
        async with self._respect_wait(phone, login):
            whose = await self.telegram.signed_in(login.session)
        if whose is None:
            raise LoginRefused(LoginProblem.LOST)
        sealed_session, number = self.vault.seal(login.session), phone_number(phone)
        async with self.units() as uow:
            admission = await admit(uow, number, sealed_session, whose, self.terms, label, self.clock.now())
            await uow.variables.set(_login_of(phone), None)
            await uow.commit()
        return admission

    @asynccontextmanager
    async def _respect_wait(self, phone: str, login: _StoredLogin) -> AsyncIterator[None]:
        """Refuse the step while a flood wait lasts. Store a flood wait that the block raises, so that the next run
        respects it.
        """
        now = self.clock.now()
        if login.rest_until is not None and datetime.fromisoformat(login.rest_until) > now:
            raise FloodWait("login", datetime.fromisoformat(login.rest_until) - now)
        try:
            yield
        except FloodWait as wait:
            end = self.clock.now() + max(wait.wait, timedelta(seconds=1))
            await self._keep(phone, replace(login, rest_until=end.isoformat()))
            raise
        except LoginRefused as error:
            if error.problem in _ENDINGS:
                await self._keep(phone, _StoredLogin())
            raise

    async def _under_way(self, phone: str) -> _StoredLogin:
        login = await self._stored_login(phone)
        if not login.session:
            raise LoginRefused(LoginProblem.LOST)
        return login

    async def _stored_login(self, phone: str) -> _StoredLogin:
        async with self.units() as uow:
            sealed_login = await uow.variables.get(_login_of(phone))
        if not sealed_login:
            return _StoredLogin()
        try:
            return _StoredLogin(**json.loads(self.vault.unseal(sealed_login)))
        except InvalidInput:
            # The state was encrypted with an earlier key. A new code can be requested, so the attempt is dropped.
            return _StoredLogin()

    async def _keep(self, phone: str, login: _StoredLogin) -> None:
        async with self.units() as uow:
            await uow.variables.set(_login_of(phone), self.vault.seal(json.dumps(asdict(login))))
            await uow.commit()


def _login_of(phone: str) -> Variable[str]:
    return _LOGIN.for_subject(phone_number(phone))
