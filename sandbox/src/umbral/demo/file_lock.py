"""File lock that the system releases when its holder dies."""

from pathlib import Path

from filelock import FileLock


def lock_in(path: Path) -> FileLock:
    """Return an exclusive, not yet acquired lock on a file, for one holder among all processes of this machine.

    `acquire` raises filelock.Timeout immediately if the lock is held, and another error on a file system without such
    locks, because a lock that is merely a file would outlive a killed demo. Any thread may release the lock; an
    unreferenced lock is released automatically.
    """
    return FileLock(path, timeout=0, mode=0o600, thread_local=False, fallback_to_soft=False)
