"""A lock on a folder that the system releases when its holder dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class AlreadyRunningError(Exception):
    """Another process holds the lock; the text names the file."""


class FileLock:
    """An exclusive lock; one holder among all processes of this machine."""

    def __init__(self, path: Path) -> None:
        """Name the file, in an existing folder by the time of `acquire`."""
        self._path = path
        self._held: int | None = None

    def acquire(self) -> None:
        """Take the lock or raise AlreadyRunningError at once; nothing happens when it is already ours."""
        if self._held is not None:
            return
        held = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(held)
            raise AlreadyRunningError(f"{self._path} is held by another process") from error
        self._held = held

    def release(self) -> None:
        """Give the lock back, if it is held."""
        if self._held is not None:
            os.close(self._held)
            self._held = None
