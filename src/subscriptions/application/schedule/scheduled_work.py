"""Entry of the schedule: the work, its interval, and the conditions it waits for."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from subscriptions.domain.services.cadence import Cadence

Runner = Callable[[], Awaitable[object]]
"""One run of the work. A true result means that there was something to do."""

C = TypeVar("C")


@dataclass(frozen=True)
class ScheduledWork(Generic[C]):
    """Entry of the schedule. name: key of its stored last run, so it never changes. what: description for the operator.

    runs: the runners from the process's container, by subject: one without a subject, or one per provider. sure_clock:
    wait while the time is uncertain. needs_settled_return: wait while a restore is not reconciled. drains: run again
    with the next call while there is something to do.
    """

    name: str
    what: str
    cadence: Cadence
    runs: Callable[[C], Mapping[str, Runner]]
    sure_clock: bool = True
    needs_settled_return: bool = True
    drains: bool = False


def single(run: Callable[[C], Runner]) -> Callable[[C], Mapping[str, Runner]]:
    """Return the runners of work without a subject."""
    return lambda container: {"": run(container)}
