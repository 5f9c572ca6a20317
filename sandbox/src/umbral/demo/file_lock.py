"""A lock on a folder that the system releases when its holder dies."""

from pathlib import Path

from filelock import FileLock


def lock_in(path: Path) -> FileLock:
    """An exclusive lock on a file, for one holder among all processes of this machine; nothing is taken yet.

    `acquire` raises filelock.Timeout at once where somebody has it. Any thread may give back what another took; what
    nothing refers to any more is given back by itself. A file system without such locks is an error: a mark in a file
    would outlive a killed demo.
    """
    return FileLock(path, timeout=0, mode=0o600, thread_local=False, fallback_to_soft=False)
