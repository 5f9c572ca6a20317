"""Creation of forum topics in groups over the Bot API: core.telegram.org/bots/api#createforumtopic."""

from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.forum import NoTopicMade
from subscriptions.infrastructure.telegram.bot_client import Bots, channel_errors


class BotForum:
    """Implementation of `Forum` over the Bot API."""

    def __init__(self, bots: Bots) -> None:
        self._bot = bots.subscription

    async def open_topic(self, chat: ChatId, name: str) -> int:
        """Implements `Forum.open_topic`."""
        try:
            with channel_errors():
                return (await self._bot.create_forum_topic(chat, name)).message_thread_id
        except Permanent as refusal:
            raise NoTopicMade(str(refusal)) from refusal
