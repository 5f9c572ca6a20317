"""Publication of posts in public channels by the subscription bot."""

from subscriptions.domain.entities.post import PostContent
from subscriptions.infrastructure.telegram import posting
from subscriptions.infrastructure.telegram.bot_client import Bots, channel_errors
from subscriptions.infrastructure.telegram.quiet import Quiet, no_quiet_hours


class BotPublicChannel:
    """`PublicChannel` over the Bot API, in which `sendMessage` accepts a public username in place of a chat id."""

    def __init__(self, bots: Bots, quiet: Quiet = no_quiet_hours) -> None:
        self._bot, self._pace, self._quiet = bots.subscription, bots.pace, quiet

    async def post(self, username: str, content: PostContent) -> int:
        """Implements `PublicChannel.post`."""
        await self._pace.take_turn(None, can_wait=True)
        with channel_errors():
            return (await posting.post(self._bot, f"@{username}", content, silent=self._quiet())).message_id
