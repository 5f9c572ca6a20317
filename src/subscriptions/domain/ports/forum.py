"""Port for creating topics in a group."""

from typing import Protocol

from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import ChatId


class NoTopicMade(Permanent):
    """Error: the topic cannot be created, because topics are switched off in the group or the bot lacks the right."""


class Forum(Protocol):
    """Port for the topics of a group, which the subscription bot manages as an administrator with the right to manage
    topics.
    """

    async def open_topic(self, chat: ChatId, name: str) -> int:
        """Create a topic and return its id. `name`: 1 to 128 characters.

        Raise NoTopicMade, RetryLater (a limit: no topic was created) or Ambiguous (a topic may have been created; bots
        cannot list topics).
        """
        ...
