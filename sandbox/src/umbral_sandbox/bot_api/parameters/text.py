"""Models of formatting, link previews and replies, which accompany the text of a message."""

from typing import Annotated, Literal, Self

from pydantic import model_validator

from umbral_sandbox.bot_api.entities.text import is_date_format

from .base import ApiObject, Boolean, ChatId, FromJson, Integer, Text, refusal

EntityType = Literal[
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "blockquote",
    "expandable_blockquote",
    "code",
    "pre",
    "text_link",
    "text_mention",
    "custom_emoji",
    "date_time",
]


class EntityUser(ApiObject):
    """Person of a `text_mention`; only the id is used."""

    id: Integer
    is_bot: Boolean
    first_name: Text
    last_name: Text | None = None
    username: Text | None = None
    language_code: Text | None = None


class MessageEntity(ApiObject):
    """Formatting of one part of a text; offsets are in UTF-16 units."""

    type: EntityType
    offset: Integer
    length: Integer
    url: Text | None = None
    user: EntityUser | None = None
    language: Text | None = None
    custom_emoji_id: Text | None = None
    unix_time: Integer | None = None
    date_time_format: Text | None = None

    @model_validator(mode="after")
    def _moment(self) -> Self:
        if self.type == "date_time":
            if self.unix_time is None:
                raise refusal("can't parse MessageEntity: Can't find field \"unix_time\"")
            if not is_date_format(self.date_time_format or ""):
                raise refusal("can't parse MessageEntity: Invalid date-time format specified")
            if self.unix_time <= 0:
                raise refusal("Invalid date specified")
        return self


Entities = Annotated[list[MessageEntity], FromJson]


class LinkPreview(ApiObject):
    """Bot API object LinkPreviewOptions."""

    is_disabled: Boolean | None = None
    url: Text | None = None
    prefer_small_media: Boolean | None = None
    prefer_large_media: Boolean | None = None
    show_above_text: Boolean | None = None


class ReplyTo(ApiObject):
    """Bot API object ReplyParameters, for messages of the same chat."""

    message_id: Integer
    chat_id: ChatId | None = None
    allow_sending_without_reply: Boolean | None = None
    quote: Text | None = None
    quote_parse_mode: Text | None = None
    quote_entities: list[MessageEntity] | None = None
    quote_position: Integer | None = None


LinkPreviewOptions = Annotated[LinkPreview, FromJson]
ReplyParameters = Annotated[ReplyTo, FromJson]
