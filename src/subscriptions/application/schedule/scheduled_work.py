"""Declaration of one entry of the schedule: the work, its interval, and the conditions under which it runs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from subscriptions.domain.services.cadence import Cadence

Runner = Callable[[], Awaitable[object]]
"""Function that does the work once. A truthy result means that there was something to do."""

C = TypeVar("C")


@dataclass(frozen=True)
class ScheduledWork(Generic[C]):
    """Entry of the schedule.

    name: key under which the time of the last run is stored; it must never change
    what: description for the operator
    cadence: interval or hour of the day
    runs: function that returns the runners from the process's container, keyed by subject: a single runner without a
        subject, or one per provider
    sure_clock: True to wait while the current time is uncertain
    needs_reconciled_restore: True to wait until a database restore is reconciled
    drains: True to run again with the next call as long as there was something to do
    feature: name of the feature that declares the work; None for the core
    """

    name: str
    what: str
    cadence: Cadence
    runs: Callable[[C], Mapping[str, Runner]]
    sure_clock: bool = True
    needs_reconciled_restore: bool = True
    drains: bool = False
    feature: str | None = None


def single(run: Callable[[C], Runner]) -> Callable[[C], Mapping[str, Runner]]:
    """Return a function that supplies the only runner of work without a subject."""
    return lambda container: {"": run(container)}
