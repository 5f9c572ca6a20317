"""Port for the topics of a group."""

from typing import Protocol

from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import ChatId


class NoTopicMade(Permanent):
    """Refusal to create a topic: the group has no topics, or the bot lacks the right."""


class Forum(Protocol):
    """Topics of a group. The subscription bot manages them as an administrator with that right."""

    async def open_topic(self, chat: ChatId, name: str) -> int:
        """Create a topic and return its id. `name`: 1 to 128 characters.

        Raise NoTopicMade, RetryLater (a limit: no topic was created) or Ambiguous (a topic may have been created; bots
        cannot list topics).
        """
        ...
