"""What accounts look at: posts that were deleted in mirrored channels."""

from typing import Final

from features.broadcasts.use_cases.follow_deletions import FollowDeletions
from subscriptions.bootstrap.userbot import LookByAccount, UserbotContainer, UserbotPart


def _follow_deletions(container: UserbotContainer) -> LookByAccount:
    return FollowDeletions(container.core.units(), container.account_care(), container.core.clock())


USERBOT: Final = UserbotPart(_follow_deletions)
