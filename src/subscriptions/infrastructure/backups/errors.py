"""What keeps a backup from being made, proved or brought back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from obstore.exceptions import BaseError, NotFoundError

from subscriptions.domain.ports.backup_keeper import BackupFailed

_LONGEST: Final = 300


class Unreadable(BackupFailed):
    """The backup itself cannot be used: another key's, cut off, changed, or none of ours."""


@contextmanager
def store_errors(doing: str) -> Iterator[None]:
    """What the place of the backups answers, as BackupFailed. doing: what was tried, for the sentence."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise BackupFailed(f"{doing}: it is not there") from error
    except (BaseError, OSError) as error:
        raise BackupFailed(f"{doing}: {first_line(error)}") from error


def first_line(error: object) -> str:
    """The first line of what somebody said, of a length that people read."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return (lines[0].strip() if lines else type(error).__name__)[:_LONGEST]
