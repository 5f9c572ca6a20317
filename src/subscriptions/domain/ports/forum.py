"""Topics of a group that has topics."""

from typing import Protocol

from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import ChatId


class NoTopicMade(Permanent):
    """The group has no topics, or the bot may not make any."""


class Forum(Protocol):
    """The subscription bot, as an administrator of the group that may manage topics."""

    async def open_topic(self, chat: ChatId, name: str) -> int:
        """Make a topic; its number. name: 1 to 128 characters.

        Raises NoTopicMade, RetryLater (limits: none was made) or Ambiguous (one may have been: no bot can list them).
        """
        ...
