"""Bot API calls that send, copy, edit and delete posts and broadcasts."""

import json
from typing import Any, Final

from aiogram import Bot, exceptions
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from aiogram.types import MessageId as CopyId

from subscriptions.domain.entities.post import PostContent, PostSource
from subscriptions.domain.entities.upload import Upload, UploadKind
from subscriptions.domain.ports.post_sender import DeletionRefused, SentPost

_MOMENT: Final = "wdt"
"""Display format of a date in a post: weekday, day and time
(core.telegram.org/bots/api#date-time-entity-formatting).
"""
_NOT_MODIFIED: Final = "message is not modified"
_NOT_FOUND: Final = "message to delete not found"
_UNDELETABLE: Final = "message can't be deleted"
"""Telegram's error text for a message that cannot be deleted. Telegram also returns this error for a message of the bot
itself that is older than 48 hours (tdlib/telegram-bot-api#403).
"""


async def post(
    bot: Bot,
    chat: int | str,
    content: PostContent,
    picture: bytes | None = None,
    thread: int | None = None,
    reply_to: int | None = None,
    *,
    silent: bool = False,
) -> SentPost:
    """Send a post. Its text is sent as typed, with formatting only from the content's entities.

    picture: picture to send instead of the one at the content's URL
    thread: topic of a forum
    reply_to: message that a text replies to, if that message still exists
    silent: send without a notification sound
    """
    markup, entities = _markup(content), _entities(content)
    if content.source is not None:
        return await _copy(bot, chat, content, content.source, thread, silent=silent)
    photo = BufferedInputFile(picture, "photo.jpg") if picture is not None else content.photo_url
    if photo is not None:
        message = await bot.send_photo(
            chat,
            photo,
            message_thread_id=thread,
            caption=content.text,
            caption_entities=entities,
            parse_mode=None,
            reply_markup=markup,
            disable_notification=silent or None,
        )
    else:
        message = await bot.send_message(
            chat,
            content.text,
            message_thread_id=thread,
            entities=entities,
            parse_mode=None,
            reply_markup=markup,
            link_preview_options=_preview(content),
            reply_parameters=_reply(reply_to),
            disable_notification=silent or None,
        )
    return SentPost(str(bot.id), message.message_id)


async def post_file(bot: Bot, chat: int, upload: Upload, caption: PostContent | None) -> SentPost:
    """Upload a file to Telegram. `caption`: text and buttons below the file; None for a file without a caption."""
    facts, file = upload.facts, BufferedInputFile(upload.content, upload.facts.name)
    below: dict[str, Any] = (
        {}
        if caption is None
        else {
            "caption": caption.text,
            "caption_entities": _entities(caption),
            "parse_mode": None,
            "reply_markup": _markup(caption),
        }
    )
    match facts.kind:
        case UploadKind.PHOTO:
            message = await bot.send_photo(chat, file, **below)
        case UploadKind.VIDEO:
            message = await bot.send_video(chat, file, supports_streaming=True, **below)
        case UploadKind.DOCUMENT:
            message = await bot.send_document(chat, file, **below)
    return SentPost(str(bot.id), message.message_id)


async def _copy(
    bot: Bot, chat: int | str, content: PostContent, source: PostSource, thread: int | None, *, silent: bool
) -> SentPost:
    """Copy a message or an album. An album is copied as a whole and can have neither buttons nor another caption
    (copyMessages of the Bot API).
    """
    if len(source.messages) > 1:
        copies: list[CopyId] = await bot.copy_messages(
            chat, source.chat, list(source.messages), thread, disable_notification=silent or None
        )
        head, *others = [copy.message_id for copy in copies]
        return SentPost(str(bot.id), head, frozenset(map(str, others)))
    copy = await bot.copy_message(
        chat,
        source.chat,
        source.messages[0],
        message_thread_id=thread,
        caption=content.text or None,
        caption_entities=_entities(content) if content.text else None,
        parse_mode=None,
        reply_markup=_markup(content),
        disable_notification=silent or None,
    )
    return SentPost(str(bot.id), copy.message_id)


async def edit(bot: Bot, chat: int, number: int, content: PostContent) -> None:
    """Change the text or caption of a post. Unchanged content is not an error. number: message id of the post."""
    markup, entities = _markup(content), _entities(content)
    try:
        if content.photo_url is not None or content.source is not None:
            await bot.edit_message_caption(
                chat_id=chat,
                message_id=number,
                caption=content.text,
                caption_entities=entities,
                parse_mode=None,
                reply_markup=markup,
            )
        else:
            await bot.edit_message_text(
                content.text,
                chat_id=chat,
                message_id=number,
                entities=entities,
                parse_mode=None,
                reply_markup=markup,
                link_preview_options=_preview(content),
            )
    except exceptions.TelegramBadRequest as error:
        if _NOT_MODIFIED not in error.message:
            raise


async def delete(bot: Bot, chat: int, post: SentPost) -> None:
    """Delete a message or an album. A missing message is not an error. Raises DeletionRefused if the message cannot be
    deleted.
    """
    try:
        if post.others:
            await bot.delete_messages(chat, [post.message_id, *sorted(map(int, post.others))])
        else:
            await bot.delete_message(chat, post.message_id)
    except exceptions.TelegramBadRequest as error:
        if _UNDELETABLE in error.message:
            raise DeletionRefused(_UNDELETABLE) from error
        if _NOT_FOUND not in error.message:
            raise


def _entities(content: PostContent) -> list[MessageEntity] | None:
    """Return the entities for formatting and dates; None if there are none. A date whose text is not found in the post,
    because a watermark changed it, remains plain text.
    """
    entities = [MessageEntity.model_validate(each) for each in json.loads(content.entities or "[]")]
    for moment_text, at in content.moments:
        head, mark, _ = content.text.partition(moment_text)
        if mark:
            offset, length = _utf16_length(head), _utf16_length(moment_text)
            moment = MessageEntity(
                type="date_time", offset=offset, length=length, unix_time=at, date_time_format=_MOMENT
            )
            entities.append(moment)
    return entities or None


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _reply(message: int | None) -> ReplyParameters | None:
    return ReplyParameters(message_id=message, allow_sending_without_reply=True) if message is not None else None


def _preview(content: PostContent) -> LinkPreviewOptions | None:
    return LinkPreviewOptions.model_validate_json(content.preview) if content.preview is not None else None


def _markup(content: PostContent) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(text=item.text, url=item.url) for item in row] for row in content.buttons]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None
