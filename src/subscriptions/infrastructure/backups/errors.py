"""Exceptions of the backup code, and conversion of storage errors into them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from obstore.exceptions import BaseError, NotFoundError

from subscriptions.domain.ports.backup_keeper import BackupFailed

_LONGEST: Final = 300


class Unreadable(BackupFailed):
    """Raised if a backup cannot be used, because it is encrypted with another key, truncated, changed, or not made by
    Umbral.
    """


@contextmanager
def store_errors(doing: str) -> Iterator[None]:
    """Convert errors of the backup location to BackupFailed. `doing`: description of the failed action."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise BackupFailed(f"{doing}: it is not there") from error
    except (BaseError, OSError) as error:
        raise BackupFailed(f"{doing}: {first_line(error)}") from error


def first_line(error: object) -> str:
    """Return the first non-blank line of an error's text, or the error's class name if there is none. Long lines are
    cut.
    """
    lines = [line for line in str(error).splitlines() if line.strip()]
    return (lines[0].strip() if lines else type(error).__name__)[:_LONGEST]
