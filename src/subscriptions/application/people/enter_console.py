"""Sign-in of staff to the web console, by a single-use link from the chat or by Telegram's login in a browser, and the
resulting sessions.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from subscriptions.application.people.staff_desk import OwnExecution, StaffDesk, acts, with_permission
from subscriptions.domain.entities.console_visit import SEEN_EVERY, ConsoleVisit, drawn_secret, seal
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction, may

ENTRY_ACTION: Final = "console.entered"
EXIT_ACTION: Final = "console.left"


class EnterConsole:
    """Use case for signing in to the web console. It admits staff members whose role permits the console; the
    permissions for individual actions are checked by other use cases.
    """

    def __init__(
        self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk, *, owners_prove: bool = False
    ) -> None:
        """Create the use case. `owners_prove`: True if owners need a second factor; for other staff it is optional."""
        self._owners_prove = owners_prove
        self.units = units
        self.clock = clock
        self.staff_desk = staff_desk

    @acts(StaffAction.OPEN_CONSOLE)
    async def offer(self, execution: OwnExecution) -> str:
        """Return the secret for a sign-in link. Earlier links of the staff member become invalid. Raises NotAllowed if
        the role does not permit the console.
        """
        secret, person = drawn_secret(), execution.staff.telegram_id
        await execution.uow.console.end(person, offers=True)
        await execution.uow.console.add_if_new(ConsoleVisit(link=seal(secret), person=person, offered_at=execution.at))
        await execution.note(execution.staff.id, "asked in the chat")
        return secret

    async def __call__(self, secret: str, previous_key: str = "") -> str | None:
        """Sign in with the secret of a link and return the key of the new session. Return None if the link was used or
        has expired, or the person may no longer open the console.

        `previous_key`: key of an earlier session in the same browser, which ends now
        """
        async with self.units() as uow:
            visit = await uow.console.by_link(seal(secret), lock=True)
            staff = await uow.customers.by_telegram_id(visit.person) if visit is not None else None
            if visit is None or visit.app or staff is None or not may(staff.staff_role, StaffAction.OPEN_CONSOLE):
                return None
            return await self._enter(uow, visit, staff, previous_key, self.clock.now())

    async def by_telegram(self, person: TelegramId, proof: str, previous_key: str = "") -> str | None:
        """Begin a session of a person identified by Telegram's login, and return its key. Return None if the person may
        not open the console or the proof was used before.

        proof: value received in this login, which cannot be forged; only its digest is stored, so that it works once
        previous_key: key of an earlier session in the same browser, which ends now
        """
        now = self.clock.now()
        async with self.units() as uow:
            # The row is locked, so that two uses of the same proof are serialised.
            staff = await uow.customers.by_telegram_id(person, lock=True)
            is_used = await uow.console.by_link(seal(proof)) is not None
            if is_used or staff is None or not may(staff.staff_role, StaffAction.OPEN_CONSOLE):
                return None
            return await self._enter(
                uow, ConsoleVisit(link=seal(proof), person=person, offered_at=now), staff, previous_key, now
            )

    async def _enter(
        self, uow: UnitOfWork, visit: ConsoleVisit, staff: Customer, previous_key: str, now: datetime
    ) -> str | None:
        key = visit.enter(now)
        if key is not None:
            factor = await uow.console.factor(visit.person)
            has_factor = factor is not None and factor.confirmed_at is not None
            visit.proved = not (has_factor or (self._owners_prove and staff.staff_role is StaffRole.OWNER))
            await uow.console.save(visit)
            await uow.console.end_one(seal(previous_key))
            await self._audit(uow, staff, ENTRY_ACTION, now)
            await uow.commit()
        return key

    async def visitor(self, key: str) -> Customer | None:
        """Return the staff member of a session. Return None if the session is unknown or has ended.

        A session ends once the role no longer permits the console.
        """
        now, digest = self.clock.now(), seal(key)
        async with self.units() as uow:
            visit = await uow.console.by_key(digest)
            if visit is None or visit.app:
                return None
            staff = await uow.customers.by_telegram_id(visit.person)
            if staff is None or not may(staff.staff_role, StaffAction.OPEN_CONSOLE) or not visit.goes_on(now):
                await uow.console.end_one(digest)
                await uow.commit()
                return None
            if not visit.proved:
                return None
            if visit.seen_at is None or now - visit.seen_at >= SEEN_EVERY:
                await uow.console.note_visit(digest, now)
                await uow.commit()
            return staff

    async def waits(self, key: str) -> bool:
        """Return True if the session still requires the second factor."""
        async with self.units() as uow:
            visit = await uow.console.by_key(seal(key))
        return visit is not None and not visit.proved and visit.goes_on(self.clock.now())

    @with_permission(StaffAction.OPEN_CONSOLE)
    async def visits(self, actor: TelegramId) -> Sequence[ConsoleVisit]:
        """Return the staff member's current sessions, oldest first. Raises NotAllowed if the role does not permit the
        console.
        """
        async with self.units() as uow:
            now = self.clock.now()
            return [visit for visit in await uow.console.list_visits(actor) if visit.goes_on(now) and not visit.app]

    @acts(StaffAction.OPEN_CONSOLE)
    async def end(self, execution: OwnExecution, name: str) -> None:
        """End one of the staff member's sessions by name. If the name is empty, end all sessions and invalidate unused
        links. Raises NotAllowed if the role does not permit the console.
        """
        person, console = execution.staff.telegram_id, execution.uow.console
        for visit in await console.list_visits(person) if name else ():
            if visit.name == name and visit.key is not None:
                await console.end_one(visit.key)
        if not name:
            await console.end(person)
        await execution.note(execution.staff.id, str(execution.staff.staff_role), action=EXIT_ACTION)

    async def leave(self, key: str) -> None:
        """End all sessions of the staff member who owns this session."""
        async with self.units() as uow:
            visit = await uow.console.by_key(seal(key))
            if visit is None or visit.app:
                return
            staff = await uow.customers.by_telegram_id(visit.person)
            await uow.console.end(visit.person)
            if staff is not None:
                await self._audit(uow, staff, EXIT_ACTION, self.clock.now())
            await uow.commit()

    async def _audit(self, uow: UnitOfWork, staff: Customer, action: str, at: datetime) -> None:
        await uow.audit.record(
            actor=str(staff.telegram_id), action=action, subject=str(staff.id), reason=str(staff.staff_role), at=at
        )
