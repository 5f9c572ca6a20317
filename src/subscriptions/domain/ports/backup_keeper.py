"""Port for making, keeping and verifying backups of the database."""

from collections.abc import Sequence
from typing import Protocol

from subscriptions.domain.entities.backup import Backup, Keep
from subscriptions.domain.errors import UmbralError


class BackupFailed(UmbralError):
    """Failure to create, verify or restore a backup. The text explains the reason to an operator. A failed backup
    leaves no file that looks complete.
    """


class BackupKeeper(Protocol):
    """Port for the backups of the database. Every method may raise BackupFailed."""

    @property
    def opens(self) -> bool:
        """True if this object can decrypt the backups that it makes. With only the public half of a key, it cannot."""
        ...

    async def all(self) -> Sequence[Backup]:
        """Return the existing backups, the newest first."""
        ...

    async def make(self) -> Backup:
        """Back up the current database. Two simultaneous calls make two backups."""
        ...

    async def verify(self, backup: Backup) -> None:
        """Restore the backup into a temporary database, and compare its content with that of the original database."""
        ...

    async def prune(self, keep: Keep) -> Sequence[Backup]:
        """Delete the backups that the rule does not keep, and return the deleted backups."""
        ...
