"""A message at Telegram as what is said to many."""

import json

from aiogram.types import InlineKeyboardMarkup, Message, MessageEntity

from subscriptions.domain.entities.pick import PickButton, PickContent, PickSource
from subscriptions.domain.ids import ChatId


def content_of(message: Message) -> PickContent:
    """A text is sent as it is set, with its link shown as its author has it; whatever else is copied from where it
    stands. Links under it come along, no other buttons. Raises InvalidInput for a text that is too long for a bot."""
    buttons = _links(message.reply_markup)
    if message.text is not None:
        preview = message.link_preview_options
        return PickContent(
            text=message.text,
            entities=_serialize(message.entities),
            buttons=buttons,
            preview=preview.model_dump_json(exclude_none=True) if preview is not None else None,
        )
    return PickContent(
        text=message.caption or "",
        entities=_serialize(message.caption_entities),
        buttons=buttons,
        source=PickSource(ChatId(message.chat.id), (message.message_id,)),
    )


def kept_entities(message: Message) -> str | None:
    """How its text or caption is set, as it is kept."""
    return _serialize(message.entities or message.caption_entities)


def _serialize(entities: list[MessageEntity] | None) -> str | None:
    if not entities:
        return None
    return json.dumps([entity.model_dump(mode="json", exclude_none=True) for entity in entities])


def _links(markup: InlineKeyboardMarkup | None) -> tuple[tuple[PickButton, ...], ...]:
    rows = markup.inline_keyboard if markup is not None else []
    links = (tuple(PickButton(each.text, each.url) for each in row if each.url is not None) for row in rows)
    return tuple(row for row in links if row)
