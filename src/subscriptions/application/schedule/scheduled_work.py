"""Entry of the schedule: the work, its interval, and the conditions it waits for."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from subscriptions.domain.services.cadence import Cadence

Runner = Callable[[], Awaitable[object]]
"""Function that runs the work once. A truthy result means that there was work."""

C = TypeVar("C")


@dataclass(frozen=True)
class ScheduledWork(Generic[C]):
    """Entry of the schedule.

    name: key of the stored last run, which must never change
    what: description for the operator
    runs: function that returns the runners from the process's container, keyed by subject: a single runner without a
        subject, or one per provider
    sure_clock: True to wait while the current time is uncertain
    needs_reconciled_restore: True to wait until a database restore is reconciled
    drains: True to run again with the next call while there is work
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
