"""A line of the schedule: what is done by the clock, how often, and what it waits for."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from subscriptions.domain.services.cadence import Cadence

Runner = Callable[[], Awaitable[object]]
"""One run. It says by a true answer that it found something to do."""

C = TypeVar("C")


@dataclass(frozen=True)
class ScheduledWork(Generic[C]):
    """name: under which its last run is stored, so it never changes. what: the same in the operator's words.

    runs: from the process's container, by subject: one without a subject, or one for each provider. sure_clock: whether
    it waits while nobody is sure what time it is. needs_settled_return: whether it waits while a return of the database
    is not settled. drains: whether it goes on with the next beat for as long as it finds something.
    """

    name: str
    what: str
    cadence: Cadence
    runs: Callable[[C], Mapping[str, Runner]]
    sure_clock: bool = True
    needs_settled_return: bool = True
    drains: bool = False


def single(run: Callable[[C], Runner]) -> Callable[[C], Mapping[str, Runner]]:
    """Work that has no subject."""
    return lambda container: {"": run(container)}
