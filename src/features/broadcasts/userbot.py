"""Checks by userbot accounts for posts that were deleted in mirrored channels."""

from typing import Final

from features.broadcasts.use_cases.sync_deletions import SyncDeletions
from subscriptions.bootstrap.userbot import LookByAccount, UserbotContainer, UserbotPart


def _sync_deletions(container: UserbotContainer) -> LookByAccount:
    return SyncDeletions(container.core.units(), container.account_care(), container.core.clock())


USERBOT: Final = UserbotPart(_sync_deletions)
