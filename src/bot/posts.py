"""Conversion of a Telegram message into the content of a post: text, formatting, media and link buttons."""

import json

from aiogram.types import InlineKeyboardMarkup, Message, MessageEntity

from subscriptions.domain.entities.post import PostButton, PostContent, PostSource
from subscriptions.domain.ids import ChatId


def content_of(message: Message) -> PostContent:
    """Return a message's content.

    A text keeps its formatting and its link preview; any other message is copied from its chat. Link buttons are kept,
    other buttons are dropped. Raises InvalidInput for a text that is too long for a bot.
    """
    buttons = _links(message.reply_markup)
    if message.text is not None:
        preview = message.link_preview_options
        return PostContent(
            text=message.text,
            entities=_serialize(message.entities),
            buttons=buttons,
            preview=preview.model_dump_json(exclude_none=True) if preview is not None else None,
        )
    return PostContent(
        text=message.caption or "",
        entities=_serialize(message.caption_entities),
        buttons=buttons,
        source=PostSource(ChatId(message.chat.id), (message.message_id,)),
    )


def kept_entities(message: Message) -> str | None:
    """Return the formatting of a message's text or caption in its stored form, or None without formatting."""
    return _serialize(message.entities or message.caption_entities)


def _serialize(entities: list[MessageEntity] | None) -> str | None:
    if not entities:
        return None
    return json.dumps([entity.model_dump(mode="json", exclude_none=True) for entity in entities])


def _links(markup: InlineKeyboardMarkup | None) -> tuple[tuple[PostButton, ...], ...]:
    rows = markup.inline_keyboard if markup is not None else []
    links = (tuple(PostButton(each.text, each.url) for each in row if each.url is not None) for row in rows)
    return tuple(row for row in links if row)
