"""Conversion of text entities between the Bot API's form, which the world stores, and TL's."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import JsonValue
from telethon.tl import types

_PLAIN: Mapping[str, type[Any]] = {
    "mention": types.MessageEntityMention,
    "hashtag": types.MessageEntityHashtag,
    "cashtag": types.MessageEntityCashtag,
    "bot_command": types.MessageEntityBotCommand,
    "url": types.MessageEntityUrl,
    "email": types.MessageEntityEmail,
    "phone_number": types.MessageEntityPhone,
    "bold": types.MessageEntityBold,
    "italic": types.MessageEntityItalic,
    "underline": types.MessageEntityUnderline,
    "strikethrough": types.MessageEntityStrike,
    "spoiler": types.MessageEntitySpoiler,
    "code": types.MessageEntityCode,
}
_DATE_FLAGS = {
    "r": "relative",
    "w": "day_of_week",
    "d": "short_date",
    "D": "long_date",
    "t": "short_time",
    "T": "long_time",
}
_NAMES = {kind: name for name, kind in _PLAIN.items()}


def to_tl(entities: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Return TL entities; kinds without a plain TL form are omitted."""
    return [shaped for shaped in map(_to_tl, entities) if shaped is not None]


def from_tl(entities: Iterable[Any] | None) -> list[JsonValue]:
    """Return the Bot API's entities; kinds that the Bot API lacks are omitted."""
    return [shaped for shaped in map(_from_tl, entities or ()) if shaped is not None]


def _to_tl(entity: Mapping[str, Any]) -> Any:
    where = {"offset": entity["offset"], "length": entity["length"]}
    match entity["type"]:
        case "text_link":
            shape = types.MessageEntityTextUrl(url=entity["url"], **where)
        case "pre":
            shape = types.MessageEntityPre(language=entity.get("language", ""), **where)
        case "blockquote" | "expandable_blockquote" as name:
            shape = types.MessageEntityBlockquote(collapsed=name != "blockquote" or None, **where)
        case "text_mention":
            shape = types.MessageEntityMentionName(user_id=entity["user"]["id"], **where)
        case "custom_emoji":
            shape = types.MessageEntityCustomEmoji(document_id=int(entity["custom_emoji_id"]), **where)
        case "date_time":
            form = entity.get("date_time_format", "")
            flags = {flag: sign in form or None for sign, flag in _DATE_FLAGS.items()}
            moment = datetime.fromtimestamp(entity["unix_time"], UTC)
            shape = types.MessageEntityFormattedDate(date=moment, **flags, **where)
        case name:
            kind = _PLAIN.get(name)
            shape = kind(**where) if kind is not None else None
    return shape


def _from_tl(entity: Any) -> JsonValue:
    where: dict[str, JsonValue] = {"offset": entity.offset, "length": entity.length}
    match entity:
        case types.MessageEntityTextUrl():
            return {"type": "text_link", "url": entity.url, **where}
        case types.MessageEntityPre():
            return {"type": "pre", "language": entity.language, **where}
        case types.MessageEntityBlockquote():
            return {"type": "expandable_blockquote" if entity.collapsed else "blockquote", **where}
        case types.MessageEntityCustomEmoji():
            return {"type": "custom_emoji", "custom_emoji_id": str(entity.document_id), **where}
        case _:
            name = _NAMES.get(type(entity))
            return {"type": name, **where} if name is not None else None
