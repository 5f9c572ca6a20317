"""Topics of the activity feed and the chats that receive it. Each owner chooses topics."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from subscriptions.domain.ids import TelegramId


class Topic(StrEnum):
    """Topic of a notification, also its name in the settings. daily, weekly: a line of figures."""

    SALE = "sale"
    RENEWAL = "renewal"
    FAILED_CHARGE = "failed_charge"
    CANCELLATION = "cancellation"
    REFUND = "refund"
    DISPUTE = "dispute"
    DAILY = "daily"
    WEEKLY = "weekly"


DEFAULT_TOPICS: Final = frozenset(Topic) - {Topic.RENEWAL}
"""Topics received by default; renewals are routine and excluded."""

OPENED, WON, LOST = "opened", "won", "lost"
"""Stages of a dispute. The opening is an alarm for owners and a notification for groups."""


@dataclass(frozen=True, kw_only=True)
class NewsPlace:
    """Chat that receives the activity feed. `thread`: topic of the group; None for the chat itself."""

    chat: TelegramId
    thread: int | None = None
    topics: frozenset[Topic] = DEFAULT_TOPICS

    @property
    def is_group(self) -> bool:
        """Return True for a group: Telegram ids of people are positive, those of groups and channels negative."""
        return self.chat < 0

    @property
    def name(self) -> str:
        """Unique name of the chat and topic."""
        return f"{self.chat}/{self.thread}" if self.thread is not None else str(self.chat)
