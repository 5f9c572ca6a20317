"""Check that after a clock jump no access expires and the owners are alerted, until the clock is confirmed to be
correct.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from subscriptions.application import routing
from subscriptions.application.alarms.watch_clock import (
    AGREED_FOR,
    LAST_SEEN,
    QUIET,
    SILENT_FOR,
    WatchClock,
    offset_text,
)
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ids import TelegramId
from tests.fakes.clock import Machine
from tests.fakes.memory import Memory
from tests.fakes.messages import DATABASE_TIME
from tests.fakes.unit_of_work import MemoryUnitOfWork

JUMPS = pytest.mark.parametrize(
    ("ahead", "said"),
    [(timedelta(days=40), "+40 d 00:00"), (timedelta(hours=-1), "-01:00")],
    ids=["clock ahead", "clock behind"],
)


class Server(Machine):
    """Process on one machine and database on another."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()
        self.database_ahead = timedelta()
        self.witness: datetime | None = None
        self.clock_kept = self.clock()
        self.watch = WatchClock(self.units, self.clock_kept, self.ask, "host-1")

    def begin(self, passed: float) -> None:
        """Start another process after `passed` seconds."""
        self.passed = passed
        self.clock_kept = self.clock()
        self.watch = WatchClock(self.units, self.clock_kept, self.ask, "host-1")

    def units(self) -> MemoryUnitOfWork:
        """Return a unit of work on the database."""
        return MemoryUnitOfWork(self.memory, routing.jobs_for)

    async def ask(self) -> datetime | None:
        """Return the time of the witness, which is an external clock, or None if it does not respond."""
        return self.witness

    async def look(self, after: float = 5) -> None:
        """Run the check of the clock `after` seconds later."""
        self.passed += after
        async with self.units() as uow:
            await uow.variables.set(DATABASE_TIME, self.right() + self.database_ahead)
            await uow.commit()
        await self.watch()

    async def alarms(self) -> Sequence[Alarm]:
        """Return the open alarms."""
        async with self.units() as uow:
            return await uow.alarms.open(10)

    async def seen(self) -> datetime | None:
        """Return the latest timestamp accepted as the current time, or None if none was accepted yet."""
        async with self.units() as uow:
            return await uow.variables.get(LAST_SEEN)

    def notified(self) -> int:
        """Return the number of distinct owner alerts."""
        return len({job.payload["key"] for job in self.memory.jobs_named("bot.alarm")})


async def test_clock_is_neither_certain_nor_in_doubt_before_the_first_check() -> None:
    server = Server()
    assert (server.watch.sure(), server.watch.in_doubt()) == (False, False)


@JUMPS
async def test_clock_jump_puts_the_clock_in_doubt_and_its_alarm_closes_after_the_correction(
    ahead: timedelta, said: str
) -> None:
    server = Server()
    await server.look()
    assert not server.watch.in_doubt()
    server.ahead = ahead
    assert server.watch.in_doubt(), "before anybody has looked"
    for _ in range(3):
        await server.look()
    assert [(alarm.kind, alarm.facts["off"]) for alarm in await server.alarms()] == [("clock_wrong", said)]
    assert server.clock_kept.now() == server.right()
    server.ahead = timedelta()
    await server.look()
    assert not server.watch.in_doubt()
    assert server.clock_kept.now() == server.right()
    await server.look(QUIET.total_seconds())
    assert not await server.alarms()
    assert server.notified() == 1


@JUMPS
async def test_process_started_during_a_clock_jump_is_corrected_once_an_independent_clock_answers(
    ahead: timedelta, said: str
) -> None:
    server = Server()
    server.ahead = server.database_ahead = ahead
    server.clock_kept = server.clock()
    server.watch = WatchClock(server.units, server.clock_kept, server.ask, "host-1")
    await server.look()
    server.ahead = server.database_ahead = timedelta()
    await server.look()
    assert server.watch.in_doubt(), "nobody says which of the two is right"
    server.witness = server.right()
    await server.look()
    assert not server.watch.in_doubt()
    assert server.clock_kept.now() == server.right()


async def test_process_started_with_a_wrong_clock_trusts_no_time_that_contradicts_the_witness() -> None:
    server = Server()
    server.ahead = server.database_ahead = timedelta(days=40)
    server.clock_kept = server.clock()
    server.watch = WatchClock(server.units, server.clock_kept, server.ask, "host-1")
    assert not server.watch.sure()
    server.witness = server.right() + timedelta(seconds=5)
    await server.look()
    assert server.clock_kept.now() == server.right()
    assert not server.watch.sure()
    assert [alarm.facts["off"] for alarm in await server.alarms()] == ["+40 d 00:00"]
    server.ahead = server.database_ahead = timedelta()
    await server.look()
    assert server.watch.sure()


async def test_clock_is_in_doubt_after_a_suspend_until_the_independent_clock_answers() -> None:
    server = Server()
    server.passed += 8 * 3600
    server.clock_kept.set_right(server.right() - timedelta(hours=8))
    assert server.watch.in_doubt()
    server.witness = server.right()
    await server.look()
    assert not server.watch.in_doubt()
    assert server.clock_kept.now() == server.right()


async def test_database_with_a_different_time_puts_the_clock_in_doubt() -> None:
    server = Server()
    server.database_ahead = timedelta(minutes=-5)
    await server.look()
    assert server.watch.in_doubt()
    assert [alarm.facts for alarm in await server.alarms()] == [{"machine": "host-1", "database": "-00:05"}]
    server.database_ahead = timedelta()
    await server.look()
    assert not server.watch.in_doubt()


async def test_process_stores_the_latest_timestamp_only_while_its_clock_is_verified() -> None:
    server = Server()
    server.witness = server.right()
    server.ahead = timedelta(minutes=5)
    await server.look()
    assert await server.seen() is None
    server.ahead = timedelta()
    await server.look()
    assert await server.seen() == server.right()


async def test_clock_without_an_answering_witness_is_trusted_after_a_wait_if_its_time_is_plausible() -> None:
    server = Server()
    await server.look()
    assert not server.watch.sure()
    await server.look(SILENT_FOR.total_seconds())
    assert server.watch.sure(), "nothing is known that speaks against it"
    for days, believed in ((1, True), (40, False)):
        server.begin(server.passed + days * 86400)
        await server.look()
        await server.look(SILENT_FOR.total_seconds())
        assert server.watch.sure() is believed
    assert [alarm.facts["off"] for alarm in await server.alarms()] == ["+40 d 00:00"]
    server.witness = server.right()
    await server.look()
    assert server.watch.sure()


async def test_new_process_trusts_its_clock_at_once_if_another_process_verified_the_same_time() -> None:
    server = Server()
    server.witness = server.right()
    await server.look()
    server.witness = None
    server.begin(server.passed)
    await server.look()
    assert server.watch.sure()


async def test_clock_is_trusted_after_one_check_if_no_external_time_source_is_configured() -> None:
    server = Server()
    server.watch = WatchClock(server.units, server.clock_kept, None, "host-1")
    await server.look()
    assert server.watch.sure()


async def test_database_time_that_differs_from_the_external_time_source_raises_an_alarm_and_pauses_no_work() -> None:
    server = Server()
    server.witness = server.right() + timedelta(seconds=5)
    server.database_ahead = timedelta(seconds=31)
    await server.look()
    assert server.watch.sure()
    server.witness = None
    await server.look()
    assert server.watch.sure(), "it is not asked at each look"
    assert [alarm.facts["database"] for alarm in await server.alarms()] == ["+31 s"]
    await server.look(AGREED_FOR.total_seconds())
    assert not server.watch.sure()


async def test_alarm_closed_by_an_owner_stays_closed_for_a_day() -> None:
    server = Server()
    server.ahead = timedelta(hours=3)
    await server.look()
    async with server.units() as uow:
        (alarm,) = await uow.alarms.open(1)
        assert alarm.close(TelegramId(7), server.right())
        await uow.alarms.save(alarm)
        await uow.commit()
    await server.look(2 * 3600)
    assert not await server.alarms()
    await server.look(23 * 3600)
    assert len(await server.alarms()) == 1


@pytest.mark.parametrize(
    ("apart", "said"),
    [
        (timedelta(seconds=45), "+45 s"),
        (timedelta(minutes=-61), "-01:01"),
        (timedelta(days=2, minutes=3), "+2 d 00:03"),
    ],
)
def test_clock_offset_is_written_in_days_hours_and_minutes(apart: timedelta, said: str) -> None:
    assert offset_text(apart) == said
