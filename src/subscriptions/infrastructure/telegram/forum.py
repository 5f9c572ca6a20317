"""Topics of groups, over the Bot API: core.telegram.org/bots/api#createforumtopic."""

from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.forum import NoTopicMade
from subscriptions.infrastructure.telegram.bot_client import Bots, channel_errors


class BotForum:
    """See the port `Forum`."""

    def __init__(self, bots: Bots) -> None:
        self._bot = bots.subscription

    async def open_topic(self, chat: ChatId, name: str) -> int:
        """See the port."""
        try:
            with channel_errors():
                return (await self._bot.create_forum_topic(chat, name)).message_thread_id
        except Permanent as refusal:
            raise NoTopicMade(str(refusal)) from refusal
