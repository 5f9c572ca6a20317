"""Errors that carry the decision what to do about them.

A worker reads the type and nothing else: `RetryLater` runs again, `Permanent` is kept for a person, `ActionRequired`
waits for the customer, `Ambiguous` must look at the outside world before anything is repeated.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

_PROBLEM_LIMIT: Final = 200


class UmbralError(Exception):
    """Base of all errors this product raises on purpose."""


class InvalidInput(UmbralError):
    """What somebody typed or configured cannot be accepted.

    field: the name of the input or setting; problem: what is wrong and what to put there, for a person to read.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class InvalidTransition(UmbralError):
    """A state does not know this event. It means a fault in the caller: events from outside are filtered first."""

    def __init__(self, entity: str, state: str, event: str) -> None:
        super().__init__(f"{entity} in state {state!r} does not accept {event!r}")


class RetryLater(UmbralError):
    """It may work later. delay: how long the other side asked to wait, None = the usual back-off."""

    def __init__(self, reason: str, *, delay: timedelta | None = None) -> None:
        super().__init__(reason)
        self.delay = delay


class Permanent(UmbralError):
    """It will never work by itself; the job is kept and shown to a person."""


class ThreadGone(Permanent):
    """The topic of a group that something was to be said in is not there any more; the group itself may be."""


class Unreadable(Permanent):
    """A stored row that this version cannot read: its content was damaged, or another version wrote it.

    table, row: which row, by its primary key. problem: what is wrong with its content.
    """

    def __init__(self, table: str, row: str, problem: str) -> None:
        super().__init__(f"row {row} of {table} cannot be read: {problem}")
        self.table = table
        self.row = row
        self.problem = problem


_READ_FAULTS: Final = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    InvalidInput,
)


@contextmanager
def reading(table: str, row: object) -> Iterator[None]:
    """Raise Unreadable where the content of a row cannot be read inside the block.

    row: its primary key, written out only where the row cannot be read.
    """
    try:
        yield
    except _READ_FAULTS as error:
        raise Unreadable(table, str(row), f"{type(error).__name__}: {str(error)[:_PROBLEM_LIMIT]}") from error


class AlreadyTold(Permanent):
    """The same, and the owners have heard of it: no further alarm is needed."""


class ActionRequired(UmbralError):
    """Only the customer can go on. kind: what they must do, e.g. `blocked_bot`, `too_many_channels`."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind


class Ambiguous(UmbralError):
    """The request was sent and the answer was lost: it may or may not have happened. Look before repeating."""
