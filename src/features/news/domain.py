"""Topics of the activity feed, and the chats that receive it. Each owner chooses topics."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from subscriptions.domain.ids import TelegramId


class Topic(StrEnum):
    """Topic of an entry. The value is also the topic's name in the settings. `daily`, `weekly`: a line of figures."""

    SALE = "sale"
    RENEWAL = "renewal"
    FAILED_CHARGE = "failed_charge"
    CANCELLATION = "cancellation"
    REFUND = "refund"
    DISPUTE = "dispute"
    DAILY = "daily"
    WEEKLY = "weekly"


DEFAULT_TOPICS: Final = frozenset(Topic) - {Topic.RENEWAL}
"""Topics that are received by default. Renewals are not among them, because they are routine."""

OPENED, WON, LOST = "opened", "won", "lost"
"""Steps of a dispute. Owners receive an alarm about a new dispute, so only groups get an entry about it."""


@dataclass(frozen=True, kw_only=True)
class NewsChat:
    """Chat that receives the activity feed. `thread`: id of the topic in the group; None for the chat itself."""

    chat: TelegramId
    thread: int | None = None
    topics: frozenset[Topic] = DEFAULT_TOPICS

    @property
    def is_group(self) -> bool:
        """True for a group. Telegram ids of people are positive, and those of groups and channels are negative."""
        return self.chat < 0

    @property
    def name(self) -> str:
        """Unique name of the chat and its topic."""
        return f"{self.chat}/{self.thread}" if self.thread is not None else str(self.chat)
