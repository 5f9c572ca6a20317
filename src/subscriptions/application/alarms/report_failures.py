"""Alarms about failures of features, which each process records in memory (`feature_failures`)."""

from datetime import timedelta

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByAge
from subscriptions.application.feature_failures import FAILURES, KEPT
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class FeatureFailed(AlarmKind):
    """Alarm: a feature raised an error. where: the part of the application that called the feature. error: type of the
    error, with its file and line.

    The alarm is raised again every day while the feature fails.
    """

    name = "feature_failed"
    closes = ByAge(timedelta(days=1))
    feature: str
    where: str
    error: str


class ReportFailures:
    """Use case that raises an alarm for each recorded failure, once a day per feature and part."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units, self._clock = units, clock
        self._told: frozenset[str] = frozenset()

    async def __call__(self) -> None:
        """Report the failures recorded since the last call. Raises RetryLater; the failures are then reported by a
        later call.
        """
        now, failures = self._clock.now(), FAILURES.take()
        alarms = {
            f"{FeatureFailed.name}:{feature}:{where}:{now:%Y-%m-%d}": FeatureFailed(
                feature=feature, where=where, error=error
            )
            for (feature, where), error in failures.items()
        }
        new = alarms.keys() - self._told
        if not new:
            return
        try:
            async with self._units() as uow:
                for key in sorted(new):
                    uow.record(alarms[key].raise_event(key, now))
                await uow.commit()
        except BaseException:
            FAILURES.give_back(failures)
            raise
        self._told = frozenset(alarms) | (self._told if len(self._told) < KEPT else frozenset())
