"""Errors whose type decides how they are handled.

A worker reads only the type: `RetryLater` runs the job again, `Permanent` keeps the job for staff, `ActionRequired`
waits for the customer, and `Ambiguous` requires a check of the external system before anything is repeated.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

_PROBLEM_LIMIT: Final = 200


class UmbralError(Exception):
    """Base of Umbral's own error classes."""


class InvalidInput(UmbralError):
    """Invalid input or configuration.

    field: name of the input or setting
    problem: description of the error and the remedy, shown to people
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class InvalidTransition(UmbralError):
    """Event that is not allowed in the current state. It indicates a bug in the caller, because external events are
    filtered first.
    """

    def __init__(self, entity: str, state: str, event: str) -> None:
        super().__init__(f"{entity} in state {state!r} does not accept {event!r}")


class RetryLater(UmbralError):
    """Temporary failure. `delay`: waiting time requested by the external system; None for the usual back-off."""

    def __init__(self, reason: str, *, delay: timedelta | None = None) -> None:
        super().__init__(reason)
        self.delay = delay


class Permanent(UmbralError):
    """Permanent failure. The job is kept and shown to staff."""


class ThreadGone(Permanent):
    """Error: the group topic to which a message was sent no longer exists; the group may still exist."""


class Unreadable(Permanent):
    """Stored row that this release cannot read because its content is damaged or was written by another release.

    table, row: table and primary key of the row
    problem: description of the error in the row's content
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
    """Raise Unreadable if the content of a row cannot be read inside the block.

    `row`: primary key, converted to text only on failure.
    """
    try:
        yield
    except _READ_FAULTS as error:
        raise Unreadable(table, str(row), f"{type(error).__name__}: {str(error)[:_PROBLEM_LIMIT]}") from error


class AlreadyReported(Permanent):
    """Permanent failure of which the owners have already been notified, so that no further alarm is needed."""


class ActionRequired(UmbralError):
    """Failure that only the customer can resolve.

    kind: required action, e.g. `blocked_bot`, `too_many_channels`
    detail: the external system's own words
    """

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.detail = detail or kind


class Ambiguous(UmbralError):
    """Request without an answer, which may or may not have been executed. Check the external system before repeating
    it.
    """
