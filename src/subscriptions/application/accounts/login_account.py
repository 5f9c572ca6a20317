"""Signing an account in, step by step. What was reached is kept sealed, so that any step may be the last of a run."""

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
"""What leaves nothing of an attempt to go on with."""


class Owed(StrEnum):
    """What Telegram wants next. two_step: the password of two-step verification."""

    CODE = "code"
    TWO_STEP = "two_step"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class LoginStep:
    """asked_at: when the code was sent, where an interrupted login goes on; None: it was sent just now."""

    owed: Owed
    asked_at: datetime | None = None


_LOGIN: Final = text("account_login")
"""By phone number, what is known of a login under way, sealed."""


@dataclass(frozen=True, kw_only=True)
class _StoredLogin:
    """One attempt as it is stored. rest_until: Telegram wants no further step before that."""

    session: str = ""
    code_hash: str = ""
    asked_at: str = ""
    two_step_owed: bool = False
    rest_until: str | None = None


@dataclass(frozen=True)
class LoginAccount:
    """Brings one phone's account into the pool, or back to life there."""

    units: UnitOfWorkFactory
    telegram: TelegramLogin
    vault: Seal
    clock: Clock
    terms: AccountTerms

    async def begin(self, phone: str) -> LoginStep:
        """Go on where an earlier run stopped, or have a code sent. Raises what TelegramLogin raises, InvalidInput."""
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
        """A new code, whatever was under way."""
        login = await self._stored_login(phone)
        async with self._respect_wait(phone, login):
            session, code_hash = await self.telegram.send_code(phone_number(phone))
        await self._keep(
            phone, _StoredLogin(session=session, code_hash=code_hash, asked_at=self.clock.now().isoformat())
        )
        return LoginStep(owed=Owed.CODE)

    async def give_code(self, phone: str, code: str) -> LoginStep:
        """The code as typed. A wrong one may be followed by another."""
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
        """The password of two-step verification."""
        login = await self._under_way(phone)
        async with self._respect_wait(phone, login):
            await self.telegram.check_password(login.session, password)
        return LoginStep(owed=Owed.NOTHING)

    async def finish(self, phone: str, label: str | None = None) -> Admission:
        """Put the account that is signed in into the pool, or its new session into the row it has there."""
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
        """No step before Telegram's wait is over; what it says inside the block is kept for the next run."""
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
            # Sealed with a key that is no longer in use: nothing that could not be asked for again.
            return _StoredLogin()

    async def _keep(self, phone: str, login: _StoredLogin) -> None:
        async with self.units() as uow:
            await uow.variables.set(_login_of(phone), self.vault.seal(json.dumps(asdict(login))))
            await uow.commit()


def _login_of(phone: str) -> Variable[str]:
    return _LOGIN.for_subject(phone_number(phone))
