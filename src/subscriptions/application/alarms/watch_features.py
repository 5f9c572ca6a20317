"""Checks of the loaded features: each process restarts after a feature was switched on or off, and processes that have
loaded different features for an hour raise an alarm.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.features import FeatureStates
from subscriptions.domain.entities.variable import moment
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.feature_books import FeatureBooks, RunningFeatures
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

PATIENCE: Final = timedelta(hours=1)
"""Time for which the loaded features of processes may differ, for example during an upgrade."""
DIFFER_SINCE: Final = moment("features_differ_since")
"""Variable with the time since which the loaded features of the processes differ."""
_NOTE_EVERY: Final = 4
"""Number of checks after which this process records its loaded features again."""
LONGEST_WAIT: Final = 120
"""Maximum number of checks for which an automatic restart waits for due jobs; together they take ten minutes."""


class FeaturesDiffer(AlarmKind):
    """Alarm: processes have loaded different features or versions. `processes`: loaded features of each process."""

    name = "features_differ"
    closes = ByCause()
    processes: str


class RestartOnFeatureChange:
    """Check of one process: record its loaded features, and restart the process after the state of a feature changed.

    A feature that is off is loaded as `draining` as soon as it has open obligations (live rows), for example after the
    first sale, and until it has none. Such a restart waits until no job is due, so that a customer who has just paid
    gets the invite link first.
    """

    def __init__(
        self,
        running: RunningFeatures,
        states: FeatureStates,
        read: Callable[[], Awaitable[FeatureStates]],
        books: FeatureBooks,
        restart: Callable[[], None],
    ) -> None:
        """Create the check.

        states: states of the features with which the process started
        restart: function that stops the process so that it is started again
        """
        self._running, self._states = running, states
        self._read, self._books, self._restart = read, books, restart
        self._looks = 0
        self._waited = 0

    async def __call__(self) -> None:
        """Record the loaded features, and restart the process if the state of a feature changed. Raises RetryLater."""
        now = await self._read()
        if now.loaded != self._states.loaded and not await self._waits(now):
            self._restart()
            return
        if self._looks % _NOTE_EVERY == 0:
            await self._books.record(self._running)
        self._looks += 1

    async def _waits(self, now: FeatureStates) -> bool:
        """Return True if the restart has to wait: no feature was switched on or off, and jobs are due."""
        if set(now.names_on) != set(self._states.names_on) or self._waited >= LONGEST_WAIT:
            return False
        self._waited += 1
        return await self._books.has_due_jobs()


class WatchFeatures:
    """Use case that compares the loaded features of all processes. The alarm is closed once they agree."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, books: FeatureBooks) -> None:
        self._units, self._clock, self._books = units, clock, books

    async def __call__(self) -> None:
        """Compare the loaded features once, and raise or close the alarm. Raises RetryLater."""
        running, now = await self._books.running(), self._clock.now()
        do_differ = len({each.features for each in running}) > 1
        async with self._units() as uow:
            since = await uow.variables.get(DIFFER_SINCE)
            if do_differ and since is None:
                await uow.variables.set(DIFFER_SINCE, now)
            elif not do_differ and since is not None:
                await uow.variables.set(DIFFER_SINCE, None)
            alarm = None
            if do_differ and since is not None and now - since >= PATIENCE:
                lines = sorted({f"{each.process}: {each.features or 'none'}" for each in running})
                alarm = FeaturesDiffer(processes="; ".join(lines))
            if alarm is not None or not do_differ:
                await keep_alarm(uow, FeaturesDiffer, "any", alarm, now)
            await uow.commit()
