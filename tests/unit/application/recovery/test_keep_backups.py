"""Check that backups are created daily and verified weekly, and that a failure of either raises an alarm that closes
automatically.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from subscriptions.application import routing
from subscriptions.application.recovery.keep_backups import LAST_PROOF, KeepBackups, Proof
from subscriptions.bootstrap.backup_clock import kept_backups
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.backup import Backup, Keep
from subscriptions.domain.ports.backup_keeper import BackupFailed
from tests.fakes.clock import ManualClock
from tests.fakes.memory import Memory
from tests.fakes.unit_of_work import MemoryUnitOfWork

DAY = timedelta(days=1)


class Shelf:
    """Implementation of the `BackupKeeper` port in memory.

    full: True if no more backups can be created.
    bad: True if no backup can be restored.
    """

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.there: list[Backup] = []
        self.proved: list[datetime] = []
        self.full = self.bad = False
        self.opens = True

    async def all(self) -> Sequence[Backup]:
        return sorted(self.there, reverse=True)

    async def make(self) -> Backup:
        if self.full:
            raise BackupFailed("no space left on device")
        self.there.append(Backup.begin(self._clock.now(), f"{len(self.there):08x}"))
        return self.there[-1]

    async def verify(self, backup: Backup) -> None:
        if self.bad:
            raise BackupFailed("it is cut off")
        self.proved.append(self._clock.now())

    async def prune(self, keep: Keep) -> Sequence[Backup]:
        kept = keep.select(self.there)
        gone = [each for each in self.there if each not in kept]
        self.there = [each for each in self.there if each in kept]
        return gone


async def test_worker_without_usable_backups_continues_and_alerts_the_owners() -> None:
    clock = ManualClock()
    memory = Memory()

    def units() -> MemoryUnitOfWork:
        return MemoryUnitOfWork(memory, routing.jobs_for)

    for environ, reason in (({"BACKUP_TO_FILE": "/nowhere"}, "BACKUP_TO_FILE can't be read"), ({}, None)):
        clock.advance(DAY)
        await kept_backups(environ, units, clock)()
        async with units() as uow:
            open_now = await uow.alarms.open(9)
        assert [alarm.kind for alarm in open_now] == ["backup_late"] * (reason is not None)
        assert all(str(reason) in alarm.facts["reason"] for alarm in open_now)


class Night:
    """A worker that keeps backups, with its clock and the stored backups."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.clock = ManualClock()
        self.shelf = Shelf(self.clock)
        self.restart()

    def restart(self) -> None:
        """Start another worker process, as after a restart."""
        units = lambda: MemoryUnitOfWork(self.memory, routing.jobs_for)  # noqa: E731
        self.keep = KeepBackups(units, self.clock, self.shelf, DAY, Keep(daily=3, weekly=0, monthly=0))

    async def hours(self, count: int) -> None:
        """Run the scheduled backup check once an hour for the given number of hours."""
        for _ in range(count):
            await self.keep()
            self.clock.advance(timedelta(hours=1))

    async def alarms(self) -> Sequence[Alarm]:
        """Return the open alarms."""
        async with MemoryUnitOfWork(self.memory, routing.jobs_for) as uow:
            return await uow.alarms.open(10)

    async def open(self) -> list[str]:
        return [alarm.kind for alarm in await self.alarms()]

    async def proof(self) -> Proof | None:
        async with MemoryUnitOfWork(self.memory, routing.jobs_for) as uow:
            return await uow.variables.get(LAST_PROOF)


async def test_daily_backups_are_pruned_to_three_and_verified_weekly() -> None:
    night = Night()

    await night.hours(15 * 24)

    assert [
        later.made_at - each.made_at for each, later in zip(night.shelf.there, night.shelf.there[1:], strict=False)
    ] == [
        DAY,
        DAY,
    ]
    assert [later - each for each, later in zip(night.shelf.proved, night.shelf.proved[1:], strict=False)] == [
        7 * DAY
    ] * 2
    assert await night.open() == []


async def test_full_disk_raises_an_alarm_when_the_newest_backup_is_too_old() -> None:
    night = Night()
    await night.hours(1)
    night.shelf.full = True

    await night.hours(40)
    assert await night.open() == []
    night.restart()
    await night.hours(24)
    assert await night.open() == ["backup_late"]
    (alarm,) = await night.alarms()
    assert alarm.facts["reason"] == "no space left on device"
    assert alarm.facts["newest"].endswith("UTC")
    night.shelf.full = False
    await night.hours(2)
    assert await night.open() == []


async def test_missing_first_backup_alerts_the_owners_at_once() -> None:
    night = Night()
    night.shelf.full = True

    await night.hours(1)

    assert await night.open() == ["backup_late"]


async def test_unusable_backup_raises_an_alarm_until_the_next_backup_is_verified() -> None:
    night = Night()
    night.shelf.bad = True
    await night.hours(2)
    assert await night.open() == ["backup_unusable"]

    night.shelf.bad = False
    await night.hours(10)
    assert await night.open() == ["backup_unusable"], "it is the same backup still"
    await night.hours(24)
    assert await night.open() == []
    proof = await night.proof()
    assert proof is not None
    assert proof.problem == ""


async def test_backups_that_the_worker_cannot_decrypt_raise_an_alarm_until_verified_by_staff() -> None:
    night = Night()
    night.shelf.opens = False
    await night.hours(25)
    assert (len(night.shelf.there), night.shelf.proved) == (2, [])
    assert await night.open() == ["backup_unproved"]

    await night.keep.verify(night.shelf.there[-1])
    await night.hours(24)
    assert await night.open() == []
    await night.hours(31 * 24)
    assert await night.open() == ["backup_unproved"]
