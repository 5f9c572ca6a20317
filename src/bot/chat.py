"""Replies in the chat: one message is edited in place, or a new message is sent if the message cannot be edited."""

from collections.abc import Container
from typing import Final

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramNotFound
from aiogram.types import CallbackQuery, LinkPreviewOptions, Message, ReactionTypeEmoji

from bot.screens import Screen

log = structlog.get_logger(__name__)

DELIVERED_REACTION: Final = "👍"
READ_REACTION: Final = "👀"
NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
_NOT_MODIFIED: Final = "message is not modified"
_NOT_EDITABLE: Final = (
    "message to edit not found",
    "message can't be edited",
    "there is no text in the message to edit",
    "MESSAGE_ID_INVALID",
)


async def show(event: Message | CallbackQuery, screen: Screen, bot: Bot) -> int:
    """Show a screen to the customer and return the message's id.

    After a button press, the message with the button is edited; a command is answered with a new message.
    """
    if isinstance(event, CallbackQuery):
        if isinstance(event.message, Message) and await _edit(event.message, screen):
            return event.message.message_id
        return await say(bot, event.from_user.id, screen)
    return await say(bot, event.chat.id, screen)


async def say(bot: Bot, chat: int, screen: Screen) -> int:
    """Send a screen as a new message and return its id."""
    message = await bot.send_message(chat, screen.text, reply_markup=screen.markup, link_preview_options=NO_PREVIEW)
    return message.message_id


async def nod(message: Message, emoji: str) -> bool:
    """React to a message instead of answering.

    Return False if the chat, or a Bot API server older than 7.0, does not accept reactions.
    """
    try:
        await message.react([ReactionTypeEmoji(emoji=emoji)])
    except (TelegramBadRequest, TelegramForbiddenError, TelegramNotFound) as error:
        log.info("no reaction is taken", chat=message.chat.id, reason=str(error))
        return False
    return True


async def take_away(callback: CallbackQuery) -> None:
    """Delete the message whose button was pressed, or only its buttons if Telegram does not delete the message."""
    if not isinstance(callback.message, Message):
        return
    try:
        await callback.message.delete()
    except TelegramBadRequest:
        await _unbutton(callback.message)


async def unbutton(callback: CallbackQuery) -> None:
    """Remove the buttons of the pressed message and keep its text."""
    if isinstance(callback.message, Message):
        await _unbutton(callback.message)


def offers_more(callback: CallbackQuery, data: Container[str]) -> bool:
    """Return True if the pressed message, such as a status card, has buttons other than those with the given callback
    data.
    """
    markup = callback.message.reply_markup if isinstance(callback.message, Message) else None
    rows = markup.inline_keyboard if markup else []
    return any(item.callback_data not in data for row in rows for item in row)


async def _unbutton(message: Message) -> None:
    try:
        await message.edit_reply_markup()
    except TelegramBadRequest as error:
        if _NOT_MODIFIED not in error.message and not any(word in error.message for word in _NOT_EDITABLE):
            raise


async def _edit(message: Message, screen: Screen) -> bool:
    try:
        await message.edit_text(screen.text, reply_markup=screen.markup, link_preview_options=NO_PREVIEW)
    except TelegramBadRequest as error:
        if _NOT_MODIFIED in error.message:
            return True
        if any(word in error.message for word in _NOT_EDITABLE):
            return False
        raise
    return True
