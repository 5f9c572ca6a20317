"""Topics of the activity feed, and the chats that receive it. Each owner chooses topics."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from subscriptions.domain.ids import TelegramId


class Topic(StrEnum):
    """Topic of an entry in the activity feed. The value is also the topic's name in the settings. Entries under `daily`
    and `weekly` contain the figures of a day or week.
    """

    SALE = "sale"
    RENEWAL = "renewal"
    FAILED_CHARGE = "failed_charge"
    CANCELLATION = "cancellation"
    REFUND = "refund"
    DISPUTE = "dispute"
    DAILY = "daily"
    WEEKLY = "weekly"


DEFAULT_TOPICS: Final = frozenset(Topic) - {Topic.RENEWAL}
"""Topics that are received by default: all except renewals, which are routine."""

OPENED, WON, LOST = "opened", "won", "lost"
"""Variants of an entry about a dispute: opened, won and lost. Only groups receive the entry about a new dispute,
because owners receive an alarm about it.
"""


@dataclass(frozen=True, kw_only=True)
class NewsChat:
    """Chat that receives the activity feed: an owner's chat or a group. `thread`: id of a forum topic of the group;
    None for the chat itself.
    """

    chat: TelegramId
    thread: int | None = None
    topics: frozenset[Topic] = DEFAULT_TOPICS

    @property
    def is_group(self) -> bool:
        """Return True for a group. Telegram ids of people are positive; ids of groups and channels are negative."""
        return self.chat < 0

    @property
    def name(self) -> str:
        """Return a name that is unique for the chat and its forum topic."""
        return f"{self.chat}/{self.thread}" if self.thread is not None else str(self.chat)
