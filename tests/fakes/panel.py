"""In-memory repositories of dialogues, staff operations, roles, invitations, keys, console visits and alarms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.console_visit import ConsoleVisit
from subscriptions.domain.entities.customer import OwnRole
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.entities.second_factor import SecondFactor
from subscriptions.domain.entities.staff_invitation import StaffInvitation
from subscriptions.domain.entities.staff_operation import StaffOperation
from subscriptions.domain.ids import TelegramId
from tests.fakes.memory import Rows, Working


class MemoryDialogues:
    """In-memory DialogueRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Dialogue] = Rows(working, "dialogues", lambda d: d.person)

    async def find(self, person: TelegramId, now: datetime, *, lock: bool = False) -> Dialogue | None:
        return self._rows.one(lambda d: d.person == person and d.expires_at > now, lock=lock)

    async def save(self, dialogue: Dialogue) -> None:
        self._rows.save(dialogue)

    async def end(self, person: TelegramId) -> None:
        self._rows.remove(lambda d: d.person == person)


class MemoryOperations:
    """In-memory OperationRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[StaffOperation] = Rows(working, "staff_operations", lambda o: o.id)

    async def claim(self, operation: StaffOperation) -> StaffOperation | None:
        return None if self._rows.add_if_new(operation) else await self.get(operation.id)

    async def get(self, operation_id: UUID) -> StaffOperation | None:
        return self._rows.one(lambda o: o.id == operation_id)

    async def settle(self, operation: StaffOperation) -> None:
        self._rows.one(lambda o: o.id == operation.id, lock=True)
        self._rows.save(operation)


class MemoryOwnRoles:
    """In-memory OwnRoleRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[OwnRole] = Rows(working, "own_roles", lambda r: r.name)

    async def all(self) -> Sequence[OwnRole]:
        return self._rows.many(lambda _: True, order=lambda r: r.name)

    async def get(self, name: str, *, lock: bool = False) -> OwnRole | None:
        return self._rows.one(lambda r: r.name == name, lock=lock)

    async def add_if_new(self, role: OwnRole) -> bool:
        return self._rows.add_if_new(role)

    async def save(self, role: OwnRole) -> None:
        self._rows.save(role)

    async def remove(self, name: str) -> None:
        self._rows.remove(lambda r: r.name == name)


class MemoryInvitations:
    """In-memory InvitationRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[StaffInvitation] = Rows(
            working, "staff_invitations", lambda i: i.id, {"one_staff_invitation_per_digest": lambda i: i.digest}
        )

    async def get(self, invitation_id: UUID, *, lock: bool = False) -> StaffInvitation | None:
        return self._rows.one(lambda i: i.id == invitation_id, lock=lock)

    async def by_digest(self, digest: str, *, lock: bool = False) -> StaffInvitation | None:
        return self._rows.one(lambda i: i.digest == digest, lock=lock)

    async def save(self, invitation: StaffInvitation) -> None:
        self._rows.save(invitation)

    async def remove(self, invitation_id: UUID) -> None:
        self._rows.remove(lambda i: i.id == invitation_id)


class MemoryConsole:
    """In-memory ConsoleRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[ConsoleVisit] = Rows(working, "console_visits", lambda v: v.link)
        self._factors: Rows[SecondFactor] = Rows(working, "second_factors", lambda f: f.person)

    async def end_unproved(self, person: TelegramId) -> None:
        self._rows.remove(lambda v: v.person == person and not v.proved)

    async def factor(self, person: TelegramId, *, lock: bool = False) -> SecondFactor | None:
        return self._factors.one(lambda f: f.person == person, lock=lock)

    async def save_factor(self, factor: SecondFactor) -> None:
        self._factors.save(factor)

    async def remove_factor(self, person: TelegramId) -> bool:
        is_there = self._factors.one(lambda f: f.person == person) is not None
        self._factors.remove(lambda f: f.person == person)
        return is_there

    async def save(self, visit: ConsoleVisit) -> None:
        self._rows.save(visit)

    async def add_if_new(self, visit: ConsoleVisit) -> bool:
        return self._rows.add_if_new(visit)

    async def by_link(self, link: str, *, lock: bool = False) -> ConsoleVisit | None:
        return self._rows.one(lambda v: v.link == link, lock=lock)

    async def by_key(self, key: str) -> ConsoleVisit | None:
        return self._rows.one(lambda v: v.key == key)

    async def list_visits(self, person: TelegramId) -> Sequence[ConsoleVisit]:
        own = [v for v in self._rows.all() if v.person == person and v.entered_at is not None]
        return sorted(own, key=lambda v: (str(v.entered_at), v.link))

    async def note_visit(self, key: str, at: datetime) -> None:
        found = self._rows.one(lambda v: v.key == key, lock=True)
        if found is not None:
            found.seen_at = at
            self._rows.save(found)

    async def end(self, person: TelegramId, *, offers: bool = False) -> None:
        self._rows.remove(lambda v: v.person == person and (v.key is None or not offers))

    async def end_one(self, key: str) -> None:
        self._rows.remove(lambda v: v.key == key)


class MemoryAlarms:
    """In-memory AlarmRepository."""

    def __init__(self, working: Working) -> None:
        self._working = working
        self._rows: Rows[Alarm] = Rows(working, "alarms", lambda a: a.id, {"one_alarm_per_key": lambda a: a.key})

    async def add_if_new(self, alarm: Alarm) -> bool:
        return self._rows.add_if_new(alarm)

    async def get(self, alarm_id: UUID, *, lock: bool = False) -> Alarm | None:
        return self._rows.one(lambda a: a.id == alarm_id, lock=lock)

    async def by_key(self, key: str, *, lock: bool = False) -> Alarm | None:
        return self._rows.one(lambda a: a.key == key, lock=lock)

    async def save(self, alarm: Alarm) -> None:
        self._rows.save(alarm)

    async def open(self, limit: int) -> Sequence[Alarm]:
        return self._rows.many(lambda a: a.open, order=lambda a: (-a.raised_at.timestamp(), a.id))[:limit]

    async def count_open(self) -> int:
        return len(self._rows.many(lambda a: a.open, order=lambda a: a.id))

    async def open_after(self, alarm_id: UUID | None, limit: int) -> Sequence[Alarm]:
        return self._rows.many(lambda a: a.open and (alarm_id is None or a.id > alarm_id), order=lambda a: a.id)[:limit]

    async def open_of(self, kind: str, beginning: str) -> Sequence[Alarm]:
        return self._rows.many(
            lambda a: a.open and a.kind == kind and a.key.startswith(beginning), order=lambda a: a.id, lock=True
        )

    async def count_beside(self, kind: str, start: datetime, end: datetime) -> int:
        ours = self._rows.many(lambda a: a.open and a.kind == kind, order=lambda a: a.id)
        return sum(start <= alarm.raised_at <= end for alarm in ours)

    async def newest(self, kind: str, beginning: str, *, lock: bool = False) -> Alarm | None:
        ours = self._rows.many(
            lambda a: a.kind == kind and a.key.startswith(beginning),
            order=lambda a: (-a.raised_at.timestamp(), a.id),
            lock=lock,
        )
        return ours[0] if ours else None

    async def work_kept(self, name: str) -> bool:
        return name in self._working.tables.get("kept_work", ())
