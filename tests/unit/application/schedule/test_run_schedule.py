"""Check that each scheduled task runs when it is due in the business's time zone, in whichever process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from subscriptions.application.schedule.run_schedule import STORED_FROM, Conditions, RunSchedule
from subscriptions.application.schedule.scheduled_work import ScheduledWork
from subscriptions.bootstrap.schedule import SCHEDULE
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.cadence import At, Cadence, Every, WhenDue
from tests.fakes.shop import Shop

MADRID = ZoneInfo("Europe/Madrid")
HOUR = timedelta(hours=1)
NINE = time(9)


@dataclass
class Station:
    """Recorder of the tasks that a schedule runs, with the failures and the schedule conditions that a test sets."""

    shop: Shop
    ran: list[str] = field(default_factory=list)
    fails: dict[str, Exception] = field(default_factory=dict)
    finds: int = 0
    sure: bool = True
    settled: bool = True
    turns: frozenset[str] = frozenset()
    asked: int = 0

    def work(self, name: str, cadence: Cadence, *subjects: str, **more: bool) -> ScheduledWork[Station]:
        """Return a schedule entry that records its runs."""
        return ScheduledWork(name, name, cadence, lambda station: station.runs(name, subjects or ("",)), **more)

    def runs(self, name: str, subjects: tuple[str, ...]) -> Mapping[str, Callable[[], Awaitable[object]]]:
        async def run(subject: str) -> bool:
            self.ran.append(f"{name}:{subject}" if subject else name)
            if name in self.fails:
                raise self.fails[name]
            self.finds -= 1
            return self.finds >= 0

        return {subject: lambda subject=subject: run(subject) for subject in subjects}  # type: ignore[misc]

    async def due(self, now: datetime) -> frozenset[str]:
        self.asked += 1
        return self.turns

    def process(self, *schedule: ScheduledWork[Station]) -> RunSchedule[Station]:
        """Return the schedule of a worker that has just started."""
        conditions = Conditions(lambda: self.sure, lambda: self.settled, self.due)
        return RunSchedule(schedule, self, conditions, self.shop.units, self.shop.clock, MADRID)

    async def over(self, run: RunSchedule[Station], *waits: timedelta) -> list[str]:
        """Run the schedule once after each wait, and return the tasks that ran."""
        before = len(self.ran)
        for wait in waits:
            self.shop.clock.advance(wait)
            await run()
        return self.ran[before:]


@pytest.fixture
def station(shop: Shop) -> Station:
    return Station(shop)


async def test_scheduled_task_runs_at_its_interval_once_for_all_processes(station: Station) -> None:
    hourly, often = station.work("hourly", Every(HOUR)), station.work("often", Every(timedelta(seconds=3)))
    run = station.process(hourly, often)
    assert await station.over(run, timedelta(), timedelta(seconds=1)) == ["hourly", "often"]
    station.shop.clock.advance(HOUR / 2)
    other = station.process(hourly, often)
    assert await station.over(other, timedelta()) == ["often"], "the row says that it ran half an hour ago"
    assert await station.over(other, HOUR / 2) == ["hourly", "often"]
    await run.begin()
    assert await station.over(run, timedelta(seconds=3)) == ["often"], "another process ran it meanwhile"


async def test_last_run_is_stored_in_the_database_for_infrequent_tasks_only(station: Station) -> None:
    run = station.process(
        station.work("rare", Every(STORED_FROM)), station.work("often", Every(STORED_FROM - timedelta(seconds=1)))
    )
    await run()
    async with station.shop.units() as uow:
        assert set(await uow.schedule.last_runs()) == {("rare", "")}


async def test_runs_of_one_scheduler_tick_are_stored_in_one_transaction(station: Station) -> None:
    begun: list[datetime] = []
    units = station.shop.units

    def counted() -> UnitOfWork:
        begun.append(station.shop.clock.now())
        return units()

    station.shop.units = counted  # type: ignore[method-assign]
    run = station.process(station.work("one", Every(HOUR)), station.work("other", Every(HOUR)))
    await run()
    begun.clear()
    assert await station.over(run, HOUR) == ["one", "other"]
    assert len(begun) == 1


async def test_task_runs_during_a_database_outage_are_stored_at_the_next_tick(station: Station) -> None:
    run = station.process(station.work("one", Every(HOUR)), station.work("away", Every(HOUR)))
    station.fails["away"] = RetryLater("the database is away")
    with pytest.raises(RetryLater):
        await run()
    async with station.shop.units() as uow:
        assert await uow.schedule.last_runs() == {}
    ran_at, _ = station.shop.clock.now(), station.fails.clear()
    await station.over(run, timedelta(seconds=1))
    async with station.shop.units() as uow:
        runs = await uow.schedule.last_runs()
    assert runs == {("one", ""): ran_at, ("away", ""): ran_at + timedelta(seconds=1)}


async def test_clock_set_back_does_not_block_the_schedule(station: Station) -> None:
    run = station.process(station.work("hourly", Every(HOUR)), station.work("morning", At(NINE)))
    await run()
    station.shop.clock.advance(timedelta(days=30))
    assert await station.over(run, timedelta()) == ["hourly", "morning"]
    assert await station.over(run, -timedelta(days=29)) == ["hourly"]
    assert await station.over(run, timedelta(days=1)) == ["hourly", "morning"]


async def test_daily_task_runs_in_the_operators_time_zone_from_the_second_day_on(station: Station) -> None:
    """The clock starts on a Sunday at noon UTC, 13:00 in Madrid."""
    daily, weekly = station.work("daily", At(NINE)), station.work("weekly", At(NINE, weekday=0))
    run = station.process(daily, weekly)
    assert await station.over(run, timedelta(), 18 * HOUR) == []
    assert await station.over(run, 2 * HOUR) == ["daily", "weekly"]
    assert await station.over(station.process(daily, weekly), HOUR) == []
    assert await station.over(run, timedelta(days=4), HOUR) == ["daily"], "the last morning that was missed, once"
    assert await station.over(run, timedelta(days=7)) == ["daily", "weekly"]


async def test_daily_task_first_runs_on_the_next_day_at_its_hour(station: Station) -> None:
    run = station.process(station.work("daily", At(time(20))))
    assert await station.over(run, timedelta(), 8 * HOUR) == []
    assert await station.over(run, 16 * HOUR, 8 * HOUR) == ["daily"]


async def test_last_run_of_a_task_is_stored_separately_for_each_provider(station: Station) -> None:
    await station.over(station.process(station.work("check", Every(HOUR), "acme")), timedelta())
    run = station.process(station.work("check", Every(HOUR), "acme", "other"))
    assert await station.over(run, HOUR / 2, HOUR / 2) == ["check:other", "check:acme"]


async def test_batched_task_repeats_until_no_work_is_left(station: Station) -> None:
    run = station.process(station.work("prune", Every(HOUR), drains=True))
    station.finds = 2
    assert await station.over(run, *[timedelta(seconds=1)] * 5) == ["prune"] * 3


async def test_scheduled_tasks_wait_for_a_synchronized_clock_and_a_completed_restore(station: Station) -> None:
    every = Every(timedelta(seconds=3))
    run = station.process(
        station.work("ends", every),
        station.work("asks", every, sure_clock=False, needs_reconciled_restore=False),
        station.work("makes", every, sure_clock=False),
        station.work("prunes", every, needs_reconciled_restore=False),
    )
    station.sure = station.settled = False
    assert await station.over(run, timedelta()) == ["asks"]
    station.sure = True
    assert await station.over(run, timedelta(seconds=3)) == ["asks", "prunes"]
    station.sure, station.settled = False, True
    assert await station.over(run, timedelta(seconds=3)) == ["asks", "makes"]
    station.sure = True
    assert await station.over(run, timedelta(seconds=3)) == ["ends", "asks", "makes", "prunes"]


async def test_tasks_that_run_when_rows_are_due_share_one_query_per_tick(station: Station) -> None:
    one, two = WhenDue(frozenset({"one"})), WhenDue(frozenset({"two"}))
    both = WhenDue(frozenset({"one", "two"}))
    run = station.process(station.work("one", one), station.work("two", two), station.work("both", both))
    assert await station.over(run, timedelta()) == []
    station.turns = frozenset({"two"})
    assert await station.over(run, timedelta(), timedelta()) == ["two", "both"] * 2
    assert station.asked == 3
    hourly = station.process(station.work("hourly", Every(HOUR)), station.work("two", two))
    await hourly(found_only=True)
    assert station.ran[-1:] == ["two"]
    assert "hourly" not in station.ran


async def test_failed_task_is_retried_and_does_not_block_other_tasks(station: Station) -> None:
    station.fails["bad"] = LookupError("broken")
    run = station.process(station.work("bad", Every(HOUR)), station.work("good", Every(HOUR)))
    for ran in (["bad", "good"], ["bad", "good", "bad"]):
        with pytest.raises(LookupError):
            await run()
        assert station.ran == ran
    station.fails["bad"] = RetryLater("the database is away")
    station.shop.clock.advance(HOUR)
    with pytest.raises(RetryLater):
        await run()
    assert station.ran[3:] == ["bad"], "the others would not reach it either"


def test_schedule_entries_have_unique_names_and_descriptions() -> None:
    names = [work.name for work in SCHEDULE]
    assert len(set(names)) == len(names)
    assert all(work.what and not work.what.endswith(".") for work in SCHEDULE)
