"""The port behind which copies of the database are made, kept and proved."""

from collections.abc import Sequence
from typing import Protocol

from subscriptions.domain.entities.backup import Backup, Keep
from subscriptions.domain.errors import UmbralError


class BackupFailed(UmbralError):
    """Why a backup was not made, proved or brought back, for a person; nothing was left that looks whole."""


class BackupKeeper(Protocol):
    """All raise BackupFailed."""

    @property
    def opens(self) -> bool:
        """Whether it can read what it makes: not with the public half of a key alone."""
        ...

    async def all(self) -> Sequence[Backup]:
        """Those there are, the newest first."""
        ...

    async def make(self) -> Backup:
        """Copy the database as it is now. Two at once make two."""
        ...

    async def verify(self, backup: Backup) -> None:
        """Return when it was brought back elsewhere, and held what it was made of."""
        ...

    async def prune(self, keep: Keep) -> Sequence[Backup]:
        """Remove what the rule does not keep; what was removed."""
        ...
