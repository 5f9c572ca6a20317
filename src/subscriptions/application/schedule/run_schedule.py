"""Runner of scheduled work, which runs due entries one after the other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic
from zoneinfo import ZoneInfo

import structlog

from subscriptions.application.feature_failures import LONGEST_WORK_S, contained
from subscriptions.application.schedule.scheduled_work import C, ScheduledWork
from subscriptions.domain.errors import RetryLater, Unreadable
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.schedule import WorkKey
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.cadence import At, Every, WhenDue

log = structlog.get_logger(__name__)

STORED_FROM: Final = timedelta(minutes=1)
"""Minimum interval of work whose last run is stored. More frequent work may run immediately in a new process, and
storing its runs would write thousands of rows a day.
"""


@dataclass(frozen=True)
class Conditions:
    """Conditions that are checked before each scheduled entry runs.

    clock_is_sure, is_settled: functions that return True if the current time is certain, and if no database restore
    waits for reconciliation; neither makes a request
    due_turns: function that returns the kinds of work for which rows are due
    """

    clock_is_sure: Callable[[], bool]
    is_settled: Callable[[], bool]
    due_turns: Callable[[datetime], Awaitable[frozenset[str]]]


def _limit(work: ScheduledWork[C]) -> float | None:
    """Return the time limit of an entry in seconds, so that an entry of a feature does not delay the following entries.
    Return None for an entry of the core.
    """
    return LONGEST_WORK_S if work.feature is not None else None


class RunSchedule(Generic[C]):
    """Runner of scheduled work, one per process. Only the process that holds the clock's lease calls it, about once a
    second.
    """

    def __init__(
        self,
        schedule: Sequence[ScheduledWork[C]],
        container: C,
        conditions: Conditions,
        units: UnitOfWorkFactory,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        """Create the runner. `zone`: time zone of the hours in the schedule."""
        self._schedule = schedule
        self._container = container
        self._conditions = conditions
        self._units = units
        self._clock = clock
        self._zone = zone
        self._last_runs: dict[WorkKey, datetime] = {}
        self._unstored_runs: dict[WorkKey, datetime] = {}
        self._has_begun = False

    async def begin(self) -> None:
        """Load the times of the last runs from the database, because another process may have run the schedule before.
        Raises RetryLater.
        """
        async with self._units() as uow:
            last_runs = await uow.schedule.last_runs()
        self._last_runs.update(last_runs)
        self._unstored_runs.clear()
        self._has_begun = True

    async def __call__(self, *, found_only: bool = False) -> None:
        """Run the due work.

        `found_only`: True to run only work that waits for due rows. If an entry fails, the others still run and the
            failed entry is retried with the next call. The first error of the core is raised at the end; errors of
            features are reported. Raises RetryLater at once if the database does not respond.
        """
        if not self._has_begun:
            await self.begin()
        turns: frozenset[str] | None = None
        failures: list[Exception] = []
        for work in self._schedule:
            if not self._may_run(work):
                continue
            try:
                if isinstance(work.cadence, WhenDue):
                    turns = await self._conditions.due_turns(self._clock.now()) if turns is None else turns
                    due = not turns.isdisjoint(work.cadence.turns)
                    runs = work.runs(self._container).values() if due else ()
                    for run in runs:
                        async with asyncio.timeout(_limit(work)):
                            await run()
                elif not found_only:
                    await self._run_by_time(work, work.cadence)
            except Exception as error:
                await self._handle(work, error, failures)
        await self._store_runs()
        if failures:
            raise failures[0]

    async def _handle(self, work: ScheduledWork[C], error: Exception, failures: list[Exception]) -> None:
        """Report a failed entry. A failure of the core is added to `failures`. A RetryLater of the core is raised
        again.
        """
        if work.feature is not None:
            with contained(work.feature, f"schedule: {work.name}"):
                raise error
            return
        if isinstance(error, RetryLater):
            raise error
        log.error("scheduled work failed", work=work.name, exc_info=error)
        if isinstance(error, Unreadable):
            async with self._units() as uow:
                uow.skip(error)
        failures.append(error)

    def _may_run(self, work: ScheduledWork[C]) -> bool:
        return not (
            (work.sure_clock and not self._conditions.clock_is_sure())
            or (work.needs_reconciled_restore and not self._conditions.is_settled())
        )

    async def _run_by_time(self, work: ScheduledWork[C], cadence: Every | At) -> None:
        for subject, run in work.runs(self._container).items():
            now, key = self._clock.now(), (work.name, subject)
            last_run, local = self._last_runs.get(key), now.astimezone(self._zone)
            if cadence.begins(last_run, local):
                await self._note(key, cadence, now)
            elif cadence.is_due(last_run, local):
                async with asyncio.timeout(_limit(work)):
                    result = await run()
                if not (work.drains and result):
                    await self._note(key, cadence, now)

    async def _note(self, key: WorkKey, cadence: Every | At, now: datetime) -> None:
        """Record a completed run. A run at a fixed hour of the day is stored at once, other runs at the end of the
        call. If the process dies before that, they run again, which is harmless.
        """
        self._last_runs[key] = now
        if isinstance(cadence, At) or cadence.length >= STORED_FROM:
            self._unstored_runs[key] = now
        if isinstance(cadence, At):
            await self._store_runs()

    async def _store_runs(self) -> None:
        """Store the runs of this call in one transaction. If the database is unreachable, the next call stores them."""
        if self._unstored_runs:
            async with self._units() as uow:
                await uow.schedule.note(self._unstored_runs)
                await uow.commit()
            self._unstored_runs.clear()
