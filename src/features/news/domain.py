"""What owners hear of the business as it goes, by topic; each owner switches them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from subscriptions.domain.ids import TelegramId


class Topic(StrEnum):
    """What a piece of news is about; the settings call it so too. daily, weekly: a line of figures."""

    SALE = "sale"
    RENEWAL = "renewal"
    FAILED_CHARGE = "failed_charge"
    CANCELLATION = "cancellation"
    REFUND = "refund"
    DISPUTE = "dispute"
    DAILY = "daily"
    WEEKLY = "weekly"


DEFAULT_TOPICS: Final = frozenset(Topic) - {Topic.RENEWAL}
"""What is heard where nobody chose otherwise: renewals go by themselves."""

OPENED, WON, LOST = "opened", "won", "lost"
"""What became of a dispute. That one was opened an owner hears as an alarm, and groups as news."""


@dataclass(frozen=True, kw_only=True)
class NewsPlace:
    """A chat that hears news. thread: the topic of a group that has topics; None = the chat itself."""

    chat: TelegramId
    thread: int | None = None
    topics: frozenset[Topic] = DEFAULT_TOPICS

    @property
    def is_group(self) -> bool:
        """Telegram numbers people upwards from zero, and groups and channels downwards."""
        return self.chat < 0

    @property
    def name(self) -> str:
        """What tells places apart."""
        return f"{self.chat}/{self.thread}" if self.thread is not None else str(self.chat)
