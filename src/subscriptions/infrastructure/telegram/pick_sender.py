"""Picks by the bots that post in channels."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiogram import Bot, exceptions
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup

from subscriptions.domain.entities.pick import PickContent
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.pick_sender import ChannelRefuses, PostedPick
from subscriptions.infrastructure.tally import PICKS, count
from subscriptions.infrastructure.telegram.bot_client import Bots, channel_errors
from subscriptions.infrastructure.telegram.pacing import Pace

_UNCHANGED: Final = "message is not modified"
_REFUSED: Final = ("chat not found", "administrator rights", "not enough rights", "no rights", "CHAT_WRITE_FORBIDDEN")
"""What the Bot API says where a bot may not post, or is not in the channel; and every 403."""

_GONE: Final = ("message to delete not found", "message can't be deleted", "message to edit not found")


class SenderBots:
    """See the port `PickSender`. The same channel always goes to the same bot, which can later edit its own post."""

    def __init__(self, bots: Bots) -> None:
        self._bots = bots.senders
        self._pace = {bot.id: Pace() for bot in bots.senders}

    async def post(
        self, chat: ChatId, content: PickContent, spread_key: int, picture: bytes | None = None
    ) -> PostedPick:
        """See the port. Text is sent as typed, without markup."""
        if not self._bots:
            raise Permanent("no sender bot is configured: put their tokens into SENDER_BOT_TOKENS")
        bot = self._bots[spread_key % len(self._bots)]
        markup = _markup(content)
        await self._pace[bot.id].take_turn(chat)
        photo = BufferedInputFile(picture, "pick.jpg") if picture is not None else content.photo_url
        with _counted(), _posting():
            if photo is not None:
                message = await bot.send_photo(chat, photo, caption=content.text, parse_mode=None, reply_markup=markup)
            else:
                message = await bot.send_message(chat, content.text, parse_mode=None, reply_markup=markup)
        return PostedPick(str(bot.id), message.message_id)

    async def edit(self, chat: ChatId, posted: PostedPick, content: PickContent) -> None:
        """See the port."""
        bot, markup = self._bot(posted), _markup(content)
        number = posted.message_id
        await self._pace[bot.id].take_turn(chat)
        with _posting():
            try:
                if content.photo_url is not None:
                    await bot.edit_message_caption(
                        chat_id=chat, message_id=number, caption=content.text, parse_mode=None, reply_markup=markup
                    )
                else:
                    await bot.edit_message_text(
                        content.text, chat_id=chat, message_id=number, parse_mode=None, reply_markup=markup
                    )
            except exceptions.TelegramBadRequest as error:
                if _UNCHANGED not in error.message:
                    raise

    async def withdraw(self, chat: ChatId, posted: PostedPick) -> None:
        """See the port."""
        with _posting():
            try:
                await self._bot(posted).delete_message(chat, posted.message_id)
            except exceptions.TelegramBadRequest as error:
                if not any(word in error.message for word in _GONE):
                    raise

    def _bot(self, posted: PostedPick) -> Bot:
        for bot in self._bots:
            if str(bot.id) == posted.bot:
                return bot
        raise Permanent(f"sender bot {posted.bot} is not configured any more")


@contextmanager
def _counted() -> Iterator[None]:
    result = "failed"
    try:
        yield
        result = "sent"
    finally:
        count(PICKS, result)


@contextmanager
def _posting() -> Iterator[None]:
    with channel_errors():
        try:
            yield
        except exceptions.TelegramForbiddenError as error:
            raise ChannelRefuses(error.message) from error
        except exceptions.TelegramBadRequest as error:
            if any(word in error.message for word in _REFUSED):
                raise ChannelRefuses(error.message) from error
            raise


def _markup(content: PickContent) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(text=item.text, url=item.url) for item in row] for row in content.buttons]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None
