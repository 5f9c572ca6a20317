"""Handler of the posts and edits in mirrored channels, as Telegram reports them to the bot."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from aiogram import Bot
from aiogram.enums import ContentType
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import ChatMemberAdministrator, Message

from bot.posts import content_of
from features.broadcasts.use_cases.mirror_post import MirrorPost
from subscriptions.domain.ids import ChatId

_NOT_COPIED: Final = frozenset(
    {
        ContentType.PINNED_MESSAGE,
        ContentType.NEW_CHAT_TITLE,
        ContentType.NEW_CHAT_PHOTO,
        ContentType.DELETE_CHAT_PHOTO,
        ContentType.CHANNEL_CHAT_CREATED,
        ContentType.MESSAGE_AUTO_DELETE_TIMER_CHANGED,
        ContentType.VIDEO_CHAT_SCHEDULED,
        ContentType.VIDEO_CHAT_STARTED,
        ContentType.VIDEO_CHAT_ENDED,
        ContentType.INVOICE,
        ContentType.GIVEAWAY,
        ContentType.GIVEAWAY_CREATED,
        ContentType.GIVEAWAY_WINNERS,
        ContentType.GIVEAWAY_COMPLETED,
        ContentType.PAID_MEDIA,
    }
)
"""Content types of service messages in a channel, and of posts that Telegram does not copy (core.telegram.org/bots/api,
copyMessage).
"""


@dataclass(frozen=True)
class MirrorReader:
    """Reader of mirrored channels; see `bot.feature.ChannelReader`."""

    mirror_post: MirrorPost

    @property
    def chats(self) -> Collection[int]:
        """Implements `ChannelReader.chats`."""
        return self.mirror_post.mirrors.keys()

    async def take_post(self, message: Message) -> None:
        """Mirror a post that can be copied."""
        if message.content_type not in _NOT_COPIED:
            chat = ChatId(message.chat.id)
            await self.mirror_post.mirror(chat, message.message_id, message.media_group_id, content_of(message))

    async def take_edit(self, message: Message) -> None:
        """Apply the edit of a post to the post's copies."""
        chat = ChatId(message.chat.id)
        await self.mirror_post.edit(chat, message.message_id, message.media_group_id, content_of(message))

    async def note_standing(self, chat: ChatId, title: str, *, sees: bool) -> None:
        """Implements `ChannelReader.note_standing`."""
        await self.mirror_post.record_sight(chat, title, sees=sees)

    async def look(self, bot: Bot) -> None:
        """Record whether the bot administers each mirrored channel.

        The check is needed at the start, because Telegram keeps updates for a limited time and changes made while the
        bot was down may be missing.
        """
        titles = dict[ChatId, str]()
        for chat in self.mirror_post.mirrors:
            try:
                sees = isinstance(await bot.get_chat_member(chat, bot.id), ChatMemberAdministrator)
                title = (await bot.get_chat(chat)).title or str(chat) if sees else str(chat)
            except (TelegramBadRequest, TelegramForbiddenError):
                sees, title = False, str(chat)
            titles[chat] = title
            await self.mirror_post.record_sight(chat, title, sees=sees)
        await self.mirror_post.keep_sources(titles)
