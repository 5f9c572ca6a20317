"""Repositories of staff data, the audit log, and variables shared by processes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, func, select, text, true, update
from sqlalchemy.dialects.postgresql import insert

from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.console_visit import ConsoleVisit
from subscriptions.domain.entities.customer import OwnRole
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.entities.second_factor import SecondFactor
from subscriptions.domain.entities.staff_invitation import StaffInvitation
from subscriptions.domain.entities.staff_operation import StaffOperation
from subscriptions.domain.entities.variable import T, Variable
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.people import AuditLine
from subscriptions.infrastructure.database.mapping import RowMapper, storable
from subscriptions.infrastructure.database.tables import (
    alarms,
    audit_log,
    console_visits,
    dialogues,
    own_roles,
    second_factors,
    staff_invitations,
    staff_operations,
    variables,
)
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit, verbatim

DIALOGUE: Final = RowMapper(Dialogue)
ALARM: Final = RowMapper(Alarm)
VISIT: Final = RowMapper(ConsoleVisit)
INVITATION: Final = RowMapper(StaffInvitation)
FACTOR: Final = RowMapper(SecondFactor)
OWN_ROLE: Final = RowMapper(OwnRole)

_VALUE: Final = select(variables.c.value).where(variables.c.name == bindparam("name"))
_FRESH: Final = insert(variables).values(updated_at=func.now())
_NEW_VALUE: Final = {"value": _FRESH.excluded.value, "updated_at": func.now()}
_UPSERT: Final = _FRESH.on_conflict_do_update(index_elements=["name"], set_=_NEW_VALUE)
_RAISE: Final = _FRESH.on_conflict_do_update(
    index_elements=["name"], set_=_NEW_VALUE, where=variables.c.value.collate("C") < _FRESH.excluded.value
)
"""Statement that raises a variable's value. It and the statements above are built once, because building a statement
takes longer than running it.
"""

_OPEN = verbatim("alarms.closed_at IS NULL")
_HAS_FAILED_JOB: Final = text("SELECT EXISTS (SELECT FROM pgqueuer WHERE status = 'failed' AND entrypoint = :name)")


class SqlDialogueRepository:
    """DialogueRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._dialogues = TableStore(unit, dialogues, DIALOGUE)

    async def find(self, person: TelegramId, now: datetime, *, lock: bool = False) -> Dialogue | None:
        """Return the dialogue that waits for a person's answer; None if there is none or it expired."""
        dialogue = await self._dialogues.one(person=person, lock=lock)
        return dialogue if dialogue is not None and dialogue.expires_at > now else None

    async def save(self, dialogue: Dialogue) -> None:
        """Save the person's dialogue, replacing any earlier dialogue of the person."""
        await self._dialogues.save(dialogue)

    async def end(self, person: TelegramId) -> None:
        """Delete the person's dialogue."""
        await self._dialogues.run(delete(dialogues).where(dialogues.c.person == person))


class SqlOwnRoleRepository(Repository[str, OwnRole]):
    """OwnRoleRepository in PostgreSQL."""

    table = own_roles
    mapper = OWN_ROLE

    async def all(self) -> Sequence[OwnRole]:
        """Return all roles, ordered by name."""
        return await self._rows.many(order=(own_roles.c.name,), skips_unreadable=True)

    async def get(self, name: str, *, lock: bool = False) -> OwnRole | None:
        return await self._rows.one(name=name, lock=lock)

    async def remove(self, name: str) -> None:
        await self._rows.run(delete(own_roles).where(own_roles.c.name == name))


class SqlInvitationRepository(Repository[UUID, StaffInvitation]):
    """InvitationRepository in PostgreSQL."""

    table = staff_invitations
    mapper = INVITATION

    async def by_digest(self, digest: str, *, lock: bool = False) -> StaffInvitation | None:
        """Return the invitation whose secret has this digest; None if there is none."""
        return await self._rows.one(digest=digest, lock=lock)

    async def remove(self, invitation_id: UUID) -> None:
        await self._rows.run(delete(staff_invitations).where(staff_invitations.c.id == invitation_id))


class SqlConsoleRepository:
    """ConsoleRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._visits = TableStore(unit, console_visits, VISIT)
        self._factors = TableStore(unit, second_factors, FACTOR)

    async def save(self, visit: ConsoleVisit) -> None:
        await self._visits.save(visit)

    async def add_if_new(self, visit: ConsoleVisit) -> bool:
        """Add a console session. Return False if a session with this link exists."""
        return await self._visits.add_if_new(visit)

    async def by_link(self, link: str, *, lock: bool = False) -> ConsoleVisit | None:
        """Return the console session whose link has this digest; None if there is none."""
        return await self._visits.one(link=link, lock=lock)

    async def by_key(self, key: str) -> ConsoleVisit | None:
        """Return the console session whose key, kept in the browser, has this digest; None if there is none."""
        return await self._visits.one(key=key)

    async def list_visits(self, person: TelegramId) -> Sequence[ConsoleVisit]:
        """Return the person's console sessions that have begun, the oldest first."""
        columns = console_visits.c
        own = select(console_visits).where(columns.person == person, columns.entered_at.is_not(None))
        return await self._visits.all(own.order_by(columns.entered_at, columns.link))

    async def note_visit(self, key: str, at: datetime) -> None:
        """Record the time of the last request in a console session."""
        await self._visits.run(update(console_visits).where(console_visits.c.key == key).values(seen_at=at))

    async def end(self, person: TelegramId, *, offers: bool = False) -> None:
        """Delete the person's console sessions. With `offers`, delete only links that were not used yet."""
        which = [console_visits.c.person == person, *([console_visits.c.key.is_(None)] if offers else [])]
        await self._visits.run(delete(console_visits).where(*which))

    async def end_one(self, key: str) -> None:
        """Delete the console session with this key."""
        await self._visits.run(delete(console_visits).where(console_visits.c.key == key))

    async def end_unproved(self, person: TelegramId) -> None:
        """Implements `ConsoleRepository.end_unproved`."""
        columns = console_visits.c
        await self._visits.run(delete(console_visits).where(columns.person == person, columns.proved.is_(False)))

    async def factor(self, person: TelegramId, *, lock: bool = False) -> SecondFactor | None:
        return await self._factors.one(person=person, lock=lock)

    async def save_factor(self, factor: SecondFactor) -> None:
        await self._factors.save(factor)

    async def remove_factor(self, person: TelegramId) -> bool:
        mine = second_factors.c.person == person
        return (await self._unit.connection.execute(delete(second_factors).where(mine))).rowcount > 0


class SqlAlarmRepository(Repository[UUID, Alarm]):
    """AlarmRepository in PostgreSQL."""

    table = alarms
    mapper = ALARM

    async def by_key(self, key: str, *, lock: bool = False) -> Alarm | None:
        """Return the alarm with this idempotency key; None if there is none."""
        return await self._rows.one(key=key, lock=lock)

    async def open(self, limit: int) -> Sequence[Alarm]:
        """Return the open alarms, the newest first."""
        newest = (alarms.c.raised_at.desc(), alarms.c.id)
        return await self._rows.all(select(alarms).where(_OPEN).order_by(*newest).limit(limit), skips_unreadable=True)

    async def open_after(self, alarm_id: UUID | None, limit: int) -> Sequence[Alarm]:
        """Return the open alarms after `alarm_id`, ordered by id."""
        is_after = alarms.c.id > alarm_id if alarm_id is not None else true()
        return await self._rows.all(
            select(alarms).where(_OPEN, is_after).order_by(alarms.c.id).limit(limit), skips_unreadable=True
        )

    async def open_of(self, kind: str, beginning: str) -> Sequence[Alarm]:
        """Lock and return the open alarms of a kind whose keys have this prefix. They are ordered by id, so that two
        transactions cannot deadlock.
        """
        ours = (alarms.c.kind == kind, alarms.c.key.startswith(beginning, autoescape=True))
        return await self._rows.all(select(alarms).where(_OPEN, *ours).order_by(alarms.c.id).with_for_update())

    async def count_open(self) -> int:
        """Return the number of open alarms."""
        result = await self._unit.connection.execute(select(func.count()).select_from(alarms).where(_OPEN))
        return int(result.scalar_one())

    async def count_beside(self, kind: str, start: datetime, end: datetime) -> int:
        """Return the number of open alarms of a kind that were raised between two timestamps, including both."""
        ours = (_OPEN, alarms.c.kind == kind, alarms.c.raised_at.between(start, end))
        result = await self._unit.connection.execute(select(func.count()).select_from(alarms).where(*ours))
        return int(result.scalar_one())

    async def newest(self, kind: str, beginning: str, *, lock: bool = False) -> Alarm | None:
        """Return the newest alarm of a kind whose key has this prefix; None if there is none."""
        ours = (alarms.c.kind == kind, alarms.c.key.startswith(beginning, autoescape=True))
        statement = select(alarms).where(*ours).order_by(alarms.c.raised_at.desc(), alarms.c.id).limit(1)
        return next(iter(await self._rows.all(statement.with_for_update() if lock else statement)), None)

    async def work_kept(self, name: str) -> bool:
        """Return True if a permanently failed job with this name is kept."""
        return bool((await self._unit.connection.execute(_HAS_FAILED_JOB, {"name": name})).scalar_one())


_AUDIT_COLUMNS: Final = (
    audit_log.c.actor,
    audit_log.c.action,
    audit_log.c.subject,
    audit_log.c.why.label("reason"),
    audit_log.c.at,
    audit_log.c.facts,
)


class SqlAuditRepository:
    """AuditRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def record(
        self, *, actor: str, action: str, subject: str, reason: str, at: datetime, facts: dict[str, str] | None = None
    ) -> None:
        """Add an entry to the audit log. Entries are never changed."""
        row = {"actor": actor, "action": action, "subject": subject, "why": reason, "facts": facts or {}}
        await self._unit.connection.execute(insert(audit_log).values(storable(row) | {"at": at}))

    async def of_subject(self, subject: str, limit: int) -> Sequence[AuditLine]:
        """Return the audit log's entries about one subject, the newest first."""
        return await self._lines(audit_log.c.subject == subject, limit=limit)

    async def of_subjects(self, subjects: Collection[str], actions: Collection[str]) -> Sequence[AuditLine]:
        """Implements `AuditRepository.of_subjects`."""
        return await self._lines(audit_log.c.subject.in_(subjects), audit_log.c.action.in_(actions))

    async def list_since(self, moment: datetime, actions: Collection[str], limit: int) -> Sequence[AuditLine]:
        """Return the entries with these actions since `moment`, the newest first."""
        return await self._lines(audit_log.c.at >= moment, audit_log.c.action.in_(actions), limit=limit)

    async def _lines(self, *which: ColumnElement[bool], limit: int | None = None) -> Sequence[AuditLine]:
        newest = (audit_log.c.at.desc(), audit_log.c.id.desc())
        statement = select(*_AUDIT_COLUMNS).where(*which).order_by(*newest).limit(limit)
        return [AuditLine(**row) for row in (await self._unit.connection.execute(statement)).mappings()]


class SqlOperationRepository:
    """OperationRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def claim(self, operation: StaffOperation) -> StaffOperation | None:
        """Record a staff command. If a command is already stored under its id, return that command; otherwise return
        None.
        """
        fresh = insert(staff_operations).values(storable(vars(operation))).on_conflict_do_nothing()
        result = await self._unit.connection.execute(fresh)
        return None if result.rowcount else await self.get(operation.id)

    async def get(self, operation_id: UUID) -> StaffOperation | None:
        statement = select(staff_operations).where(staff_operations.c.id == operation_id)
        row = (await self._unit.connection.execute(statement)).mappings().one_or_none()
        return StaffOperation(**row) if row is not None else None

    async def settle(self, operation: StaffOperation) -> None:
        """Save the result of a staff command."""
        mine = staff_operations.c.id == operation.id
        outcome = {"outcome": operation.outcome, "facts": dict(operation.facts)}
        await self._unit.connection.execute(update(staff_operations).where(mine).values(outcome))


class SqlVariableRepository:
    """VariableRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, variable: Variable[T]) -> T | None:
        """Return the current value of the variable; None if it was never set."""
        value: str | None = await self._unit.connection.scalar(_VALUE, {"name": variable.name})
        return variable.parse(value) if value is not None else None

    async def set(self, variable: Variable[T], value: T | None) -> None:
        """Overwrite the variable; None deletes the value."""
        text = variable.write(value) if value is not None else ""
        await self._unit.connection.execute(_UPSERT, {"name": variable.name, "value": text})

    async def raise_to(self, variable: Variable[T], value: T) -> None:
        """Set a variable, unless its current value sorts after the new one."""
        await self._unit.connection.execute(_RAISE, {"name": variable.name, "value": variable.write(value)})

    async def database_time(self) -> datetime:
        """Return the current time of the database server's clock."""
        result = await self._unit.connection.execute(select(func.clock_timestamp()))
        moment: datetime = result.scalar_one()
        return moment
