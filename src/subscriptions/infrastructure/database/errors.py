"""What a failing database means to a use case."""

from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from subscriptions.domain.errors import RetryLater

_UNIQUE_VIOLATION: Final = "23505"
_RACES: Final = frozenset({"40001", "40P01", "55P03"})
_LOST: Final = frozenset({"57P01", "57P02", "57P03", "53300", "25006"})


class ConflictingWrite(RetryLater):
    """Somebody else was first: read again. constraint: the promise that would have been broken."""

    def __init__(self, constraint: str) -> None:
        super().__init__(f"another unit of work was first ({constraint})")
        self.constraint = constraint


class DatabaseUnavailable(RetryLater):
    """The database cannot be reached, is restarting, or has no connection to give."""


def translated(error: BaseException) -> RetryLater | None:
    """The domain's error for one of the database's, None for what is a fault of ours or none of the database's."""
    if isinstance(error, PoolTimeout):
        return DatabaseUnavailable("no database connection is free")
    if isinstance(error, DBAPIError):
        return _translated_statement(error)
    return DatabaseUnavailable("the database cannot be reached") if isinstance(error, OSError) else None


def _translated_statement(error: DBAPIError) -> RetryLater | None:
    state = getattr(error.orig, "sqlstate", None)
    if state == _UNIQUE_VIOLATION:
        return ConflictingWrite(constraint_of(error) or "a unique constraint")
    if state in _RACES:
        return ConflictingWrite("a lock")
    if error.connection_invalidated or state in _LOST or (isinstance(state, str) and state.startswith("08")):
        return DatabaseUnavailable("the database connection was lost")
    return None


def constraint_of(error: DBAPIError) -> str | None:
    """The name of the violated constraint, as in the tables."""
    cause: BaseException | None = error.orig
    while cause is not None:
        name = getattr(cause, "constraint_name", None)
        if isinstance(name, str):
            return name
        cause = cause.__cause__
    return None
