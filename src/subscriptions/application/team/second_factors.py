"""Second factors of console sessions: codes from an authenticator app. A second factor is set up after a sign-in, and
then required at every sign-in.

- The sign-in link from the chat is the first factor. Staff members with a second factor are admitted only with one of
its codes.
- A code is valid once. Five wrong codes in a row end every sign-in that waits for a code, and block new ones for
fifteen minutes. The staff member and the owners are notified, because another person may have the link.
- Staff members cannot remove their own factor. After loss of the app and the recovery codes, another person or the
shell resets it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.application.alarms.alarm_kind import AlarmKind, News
from subscriptions.domain.entities.console_visit import ConsoleVisit, seal
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.second_factor import SecondFactor
from subscriptions.domain.events import SecondFactorLocked
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.one_time_codes import OneTimeCodes
from subscriptions.domain.ports.seals import Seals
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

SET_UP: Final = "factor.set_up"
REFUSAL_ACTION: Final = "factor.refused"
RECOVERY_ACTION: Final = "factor.recovered"
PROOF_ACTION: Final = "factor.proved"


class SecondFactorAttacked(AlarmKind):
    """Alarm: too many wrong codes were entered with a staff member's console link, so another person may have the
    link.
    """

    name = "second_factor_locked"
    closes = News()
    telegram_id: TelegramId


class Stage(StrEnum):
    """Step that a session still requires.

    code: a code must be entered
    setup: a second factor must be set up first
    inside: nothing more is required
    """

    CODE = "code"
    SETUP = "setup"
    INSIDE = "inside"


class Answer(StrEnum):
    """Result of entering a code.

    right: the code is correct
    wrong: the code is wrong
    locked: codes are blocked for now
    over: the session has ended
    """

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "rests"
    OVER = "over"


@dataclass(frozen=True, kw_only=True)
class FactorState:
    """State of a session with regard to the second factor.

    secret, address: secret for setting up the authenticator app, and the URI that contains it; empty unless a factor
    must be set up
    """

    staff: Customer
    stage: Stage
    confirmed_at: datetime | None = None
    secret: str = ""
    address: str = ""


@dataclass(frozen=True)
class SecondFactors:
    """Use case that sets up second factors and checks their codes. A session is identified by its key. `issuer`: name
    of the shop shown in the authenticator app.
    """

    units: UnitOfWorkFactory
    clock: Clock
    one_time_codes: OneTimeCodes
    seals: Seals
    issuer: str

    async def look(self, key: str) -> FactorState | None:
        """Return the state of a session, with the secret for setting up a factor if there is none. Return None if the
        session has ended.

        Raises InvalidInput("WEBHOOK_KEY") if no key is configured to encrypt the secret with.
        """
        async with self.units() as uow:
            visit, staff = await self._visit(uow, key)
            if visit is None or staff is None:
                return None
            factor = await uow.console.factor(visit.person, lock=True)
            if factor is not None and factor.confirmed_at is not None:
                stage = Stage.INSIDE if visit.proved else Stage.CODE
                return FactorState(staff=staff, stage=stage, confirmed_at=factor.confirmed_at)
            secret = self.seals.unseal(factor.secret) if factor is not None else self.one_time_codes.new_secret()
            if factor is None:
                await uow.console.save_factor(SecondFactor(person=visit.person, secret=self.seals.seal(secret)))
                await uow.commit()
        address = self.one_time_codes.address(secret, staff.mention, self.issuer)
        return FactorState(staff=staff, stage=Stage.SETUP, secret=secret, address=address)

    async def set_up(self, key: str, code: str) -> Answer | Sequence[str]:
        """Activate the factor with a code from the app, and return the recovery codes, which are shown only once. All
        other sessions of the staff member end. Return Answer.WRONG for a wrong code, and Answer.OVER if the session has
        ended or a factor is active already.
        """
        now = self.clock.now()
        async with self.units() as uow:
            visit, staff = await self._visit(uow, key)
            factor = await uow.console.factor(visit.person, lock=True) if visit is not None else None
            if visit is None or staff is None or factor is None or factor.confirmed_at is not None:
                return Answer.OVER
            step = self.one_time_codes.step_of(self.seals.unseal(factor.secret), code, now)
            if step is None:
                return Answer.WRONG
            factor.confirmed_at = now
            factor.use(step)
            codes = factor.draw_recovery()
            await uow.console.save_factor(factor)
            await uow.console.end(visit.person)
            visit.proved = True
            await uow.console.save(visit)
            await self._record(uow, staff, SET_UP, now)
            await uow.commit()
        return codes

    async def prove(self, key: str, code: str) -> Answer:
        """Check a code from the app or a recovery code, and admit the session if the code is correct. Each code can be
        used only once.
        """
        now = self.clock.now()
        async with self.units() as uow:
            visit, staff = await self._visit(uow, key)
            factor = await uow.console.factor(visit.person, lock=True) if visit is not None else None
            if visit is None or staff is None or factor is None or factor.confirmed_at is None:
                return Answer.OVER
            if factor.is_locked(now):
                return Answer.LOCKED
            step = self.one_time_codes.step_of(self.seals.unseal(factor.secret), code, now)
            if step is not None and step > factor.last_step:
                factor.use(step)
                action = PROOF_ACTION
            elif factor.recover(code):
                action = RECOVERY_ACTION
            else:
                answer = Answer.LOCKED if factor.miss(now) else Answer.WRONG
                if answer is Answer.LOCKED:
                    await uow.console.end_unproved(visit.person)
                    uow.record(SecondFactorLocked(staff.id, now.isoformat()))
                    alarm = SecondFactorAttacked(telegram_id=staff.telegram_id)
                    uow.record(alarm.raise_event(f"{alarm.name}:{staff.id}:{now.isoformat()}"))
                await uow.console.save_factor(factor)
                await self._record(uow, staff, REFUSAL_ACTION, now)
                await uow.commit()
                return answer
            await uow.console.save_factor(factor)
            visit.proved = True
            await uow.console.save(visit)
            await self._record(uow, staff, action, now)
            await uow.commit()
        return Answer.RIGHT

    async def _visit(self, uow: UnitOfWork, key: str) -> tuple[ConsoleVisit | None, Customer | None]:
        visit = await uow.console.by_key(seal(key))
        if visit is None or visit.app or not visit.goes_on(self.clock.now()):
            return None, None
        staff = await uow.customers.by_telegram_id(visit.person)
        return (visit, staff) if staff is not None and staff.staff_role is not None else (None, None)

    async def _record(self, uow: UnitOfWork, staff: Customer, action: str, at: datetime) -> None:
        await uow.audit.record(
            actor=str(staff.telegram_id), action=action, subject=str(staff.id), reason=str(staff.staff_role), at=at
        )
