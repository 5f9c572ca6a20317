"""Parameters of the Bot API methods that send, edit, copy and delete messages."""

from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from .base import ApiObject, Boolean, ChatId, FromJson, Integer, Parameters, Text, Upload, refusal
from .markup import InlineMarkup, ReplyMarkup
from .text import Entities, LinkPreviewOptions, ReplyParameters

_REACTIONS: Final = (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 "
    "🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 "
    "😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 "
    "🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡"
)
"""Emoji that the Bot API accepts in ReactionTypeEmoji."""


class InChat(Parameters):
    """Parameters of a call about one chat."""

    chat_id: ChatId


class Business(Parameters):
    """Parameters of calls for a business account; the simulated world has no such account."""

    business_connection_id: Text | None = None


class Posting(InChat):
    """Parameters shared by all methods that send a message."""

    message_thread_id: Integer | None = None
    disable_notification: Boolean | None = None
    protect_content: Boolean = False
    allow_paid_broadcast: Boolean | None = None
    message_effect_id: Text | None = None
    reply_parameters: ReplyParameters | None = None
    reply_markup: ReplyMarkup | None = None


class Outgoing(Posting):
    """Parameters of messages that can also go to a channel's direct messages."""

    direct_messages_topic_id: Integer | None = None


class Sending(Business, Outgoing):
    """Parameters of messages that can also be sent for a business account."""


class SendMessage(Sending):
    """Parameters of sendMessage."""

    text: Text
    parse_mode: Text | None = None
    entities: Entities | None = None
    link_preview_options: LinkPreviewOptions | None = None


class Captioned(Parameters):
    """Caption with its formatting."""

    caption: Text | None = None
    parse_mode: Text | None = None
    caption_entities: Entities | None = None


class SendPhoto(Captioned, Sending):
    """Parameters of sendPhoto; `photo` is an upload, a URL, or the id of a known file."""

    photo: Upload | Text
    show_caption_above_media: Boolean | None = None
    has_spoiler: Boolean | None = None


class SendDocument(Captioned, Sending):
    """Parameters of sendDocument; `document` is an upload, a URL, or the id of a known file."""

    document: Upload | Text
    thumbnail: Upload | Text | None = None
    disable_content_type_detection: Boolean | None = None


class SendVideo(Captioned, Sending):
    """Parameters of sendVideo; `video` is an upload, a URL, or the id of a known file."""

    video: Upload | Text
    duration: Annotated[Integer, Field(ge=0)] = 0
    width: Annotated[Integer, Field(ge=0)] = 0
    height: Annotated[Integer, Field(ge=0)] = 0
    thumbnail: Upload | Text | None = None
    cover: Upload | Text | None = None
    start_timestamp: Integer | None = None
    show_caption_above_media: Boolean | None = None
    has_spoiler: Boolean | None = None
    supports_streaming: Boolean | None = None


class InputMedia(Captioned, ApiObject):
    """Item of an album: a photo, video or document, as an upload, a URL or the id of a known file."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    type: Literal["photo", "video", "document"]
    media: Upload | Text
    thumbnail: Upload | Text | None = None
    cover: Upload | Text | None = None
    show_caption_above_media: Boolean | None = None
    has_spoiler: Boolean | None = None
    width: Annotated[Integer, Field(ge=0)] = 0
    height: Annotated[Integer, Field(ge=0)] = 0
    duration: Annotated[Integer, Field(ge=0)] = 0
    supports_streaming: Boolean | None = None
    disable_content_type_detection: Boolean | None = None


class SendMediaGroup(Business, InChat):
    """Parameters of sendMediaGroup."""

    media: Annotated[list[InputMedia], FromJson]
    message_thread_id: Integer | None = None
    direct_messages_topic_id: Integer | None = None
    disable_notification: Boolean | None = None
    protect_content: Boolean = False
    allow_paid_broadcast: Boolean | None = None
    message_effect_id: Text | None = None
    reply_parameters: ReplyParameters | None = None


class PollOption(ApiObject):
    """Bot API object InputPollOption."""

    text: Text
    text_parse_mode: Text | None = None
    text_entities: Entities | None = None


def _option(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


class SendPoll(Business, Posting):
    """Parameters of sendPoll, without pictures."""

    question: Text
    question_parse_mode: Text | None = None
    question_entities: Entities | None = None
    options: Annotated[list[Annotated[PollOption, BeforeValidator(_option)]], FromJson]
    is_anonymous: Boolean = True
    type: Literal["regular", "quiz"] = "regular"
    allows_multiple_answers: Boolean = False
    correct_option_id: Integer | None = None
    correct_option_ids: Annotated[list[Integer], FromJson] | None = None
    explanation: Text | None = None
    explanation_parse_mode: Text | None = None
    explanation_entities: Entities | None = None
    open_period: Integer | None = None
    close_date: Integer | None = None
    is_closed: Boolean = False


class Editing(Business):
    """Base of the parameters that name a message to edit: a message of a chat, or an inline message."""

    chat_id: ChatId | None = None
    message_id: Integer | None = None
    inline_message_id: Text | None = None
    reply_markup: InlineMarkup | None = None


class EditMessageText(Editing):
    """Parameters of editMessageText."""

    text: Text
    parse_mode: Text | None = None
    entities: Entities | None = None
    link_preview_options: LinkPreviewOptions | None = None


class EditMessageCaption(Captioned, Editing):
    """Parameters of editMessageCaption."""

    show_caption_above_media: Boolean | None = None


class EditMessageReplyMarkup(Editing):
    """Parameters of editMessageReplyMarkup."""


class OneMessage(InChat):
    """Parameters of a call about one message."""

    message_id: Integer


class Reaction(ApiObject):
    """Bot API object ReactionType; paid reactions are not supported."""

    type: Literal["emoji", "custom_emoji", "paid"]
    emoji: Text | None = None
    custom_emoji_id: Text | None = None

    @model_validator(mode="after")
    def _taken(self) -> Self:
        if self.type != "emoji" or self.emoji not in _REACTIONS.split():
            raise refusal("REACTION_INVALID")
        return self


class SetMessageReaction(OneMessage):
    """Parameters of setMessageReaction; a bot without Premium sets at most one reaction."""

    reaction: Annotated[list[Reaction], FromJson] = Field(default=[], max_length=1)
    is_big: Boolean = False


class ManyMessages(InChat):
    """Parameters of deleteMessages."""

    message_ids: Annotated[list[Integer], Field(min_length=1, max_length=100), FromJson]


class PinChatMessage(Business, OneMessage):
    """Parameters of pinChatMessage."""

    disable_notification: Boolean | None = None


class UnpinChatMessage(Business, InChat):
    """Parameters of unpinChatMessage; without a message id, the newest pinned message."""

    message_id: Integer | None = None


class AnswerCallbackQuery(Parameters):
    """Parameters of answerCallbackQuery."""

    callback_query_id: Text
    text: Annotated[Text, Field(max_length=200)] | None = None
    show_alert: Boolean = False
    url: Text | None = None
    cache_time: Annotated[Integer, Field(ge=0)] = 0


class SendChatAction(Business, InChat):
    """Parameters of sendChatAction."""

    message_thread_id: Integer | None = None
    action: Literal[
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]


class ForwardMessage(OneMessage):
    """Parameters of forwardMessage."""

    from_chat_id: ChatId
    message_thread_id: Integer | None = None
    direct_messages_topic_id: Integer | None = None
    video_start_timestamp: Integer | None = None
    disable_notification: Boolean | None = None
    protect_content: Boolean = False
    message_effect_id: Text | None = None


class CopyMessage(Captioned, ForwardMessage):
    """Parameters of copyMessage."""

    show_caption_above_media: Boolean | None = None
    allow_paid_broadcast: Boolean | None = None
    reply_parameters: ReplyParameters | None = None
    reply_markup: ReplyMarkup | None = None


class CopyMessages(InChat):
    """Parameters of copyMessages."""

    message_thread_id: Integer | None = None
    direct_messages_topic_id: Integer | None = None
    from_chat_id: ChatId
    message_ids: Annotated[list[Integer], Field(min_length=1, max_length=100), FromJson]
    disable_notification: Boolean | None = None
    protect_content: Boolean = False
    remove_caption: Boolean = False


class GetFile(Parameters):
    """Parameters of getFile."""

    file_id: Text
