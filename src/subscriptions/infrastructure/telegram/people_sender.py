"""Posts of the subscription bot, sent to one person at a time."""

from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.entities.upload import Upload
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.post_sender import SentPost
from subscriptions.infrastructure.telegram import posting
from subscriptions.infrastructure.telegram.bot_client import Bots, bot_api_errors
from subscriptions.infrastructure.telegram.quiet import Quiet, no_quiet_hours


class PacedSender:
    """Implementation of `PeopleSender`. Posts to many use the part of Telegram's limit that the bot's other messages
    leave free.
    """

    def __init__(self, bots: Bots, quiet: Quiet = no_quiet_hours) -> None:
        self._bot, self._pace, self._quiet = bots.subscription, bots.pace, quiet

    async def turn(self) -> None:
        """Implements `PeopleSender.turn`."""
        await self._pace.take_turn(None, can_wait=True)

    async def send(self, recipient: TelegramId, content: PostContent) -> SentPost:
        """Implements `PeopleSender.send`."""
        with bot_api_errors():
            return await posting.post(self._bot, recipient, content, silent=self._quiet())

    async def send_file(self, recipient: TelegramId, upload: Upload, caption: PostContent | None) -> SentPost:
        """Implements `PeopleSender.send_file`."""
        with bot_api_errors():
            return await posting.post_file(self._bot, recipient, upload, caption)

    async def edit(self, recipient: TelegramId, post: SentPost, content: PostContent) -> None:
        """Implements `PeopleSender.edit`."""
        await self._pace.take_turn(recipient, can_wait=True)
        with bot_api_errors():
            await posting.edit(self._bot, recipient, post.message_id, content)

    async def withdraw(self, recipient: TelegramId, post: SentPost) -> None:
        """Implements `PeopleSender.withdraw`."""
        if not post.message_id:
            raise Permanent("which message it is was not kept")
        await self._pace.take_turn(recipient, can_wait=True)
        with bot_api_errors():
            await posting.delete(self._bot, recipient, post)
