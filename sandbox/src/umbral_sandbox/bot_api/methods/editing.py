"""Bot API methods on sent messages: edit, delete, pin, react, and answer callback queries."""

from typing import Final

from pydantic import JsonValue

from umbral_sandbox.bot_api.chats import ChannelTarget, Target, target
from umbral_sandbox.bot_api.context import Context, Method, method
from umbral_sandbox.bot_api.entities.parse import caption_text, message_text
from umbral_sandbox.bot_api.errors import bad_request
from umbral_sandbox.bot_api.parameters.messages import (
    AnswerCallbackQuery,
    Editing,
    EditMessageCaption,
    EditMessageReplyMarkup,
    EditMessageText,
    InChat,
    ManyMessages,
    OneMessage,
    PinChatMessage,
    SetMessageReaction,
    UnpinChatMessage,
)
from umbral_sandbox.bot_api.sending import inline_markup, refuse_business, text_content
from umbral_sandbox.world.telegram.records import Content, Message
from umbral_sandbox.world.telegram.refusal import Refused, bad


def _edit_text(on: Context, wanted: EditMessageText) -> JsonValue:
    where, message = _edited(on, wanted)
    if message.kind != "text":
        raise bad_request("there is no text in the message to edit")
    formatted = message_text(wanted.text, wanted.parse_mode, wanted.entities, "MESSAGE_TOO_LONG")
    content = text_content(on, formatted)
    if wanted.link_preview_options is not None:
        content["link_preview_options"] = wanted.link_preview_options.model_dump(exclude_none=True)
    return _apply(on, where, message, content, wanted)


def _edit_caption(on: Context, wanted: EditMessageCaption) -> JsonValue:
    where, message = _edited(on, wanted)
    if message.kind not in ("photo", "document"):
        raise bad_request("there is no caption in the message to edit")
    formatted = caption_text(wanted.caption, wanted.parse_mode, wanted.caption_entities)
    kept = {name: part for name, part in message.content.items() if not name.startswith("caption")}
    content = kept | text_content(on, formatted, "caption")
    if wanted.show_caption_above_media is not None:
        content["show_caption_above_media"] = wanted.show_caption_above_media
    return _apply(on, where, message, content, wanted)


def _edit_markup(on: Context, wanted: EditMessageReplyMarkup) -> JsonValue:
    where, message = _edited(on, wanted)
    return _apply(on, where, message, None, wanted)


def _edited(on: Context, wanted: Editing) -> tuple[Target, Message]:
    refuse_business(wanted)
    if wanted.inline_message_id is not None:
        raise bad_request("MESSAGE_ID_INVALID")
    if wanted.chat_id is None:
        raise bad_request("chat_id is empty")
    if wanted.message_id is None:
        raise bad_request("message identifier is not specified")
    where = target(on, wanted.chat_id)
    return where, _message(on, where, wanted.message_id)


def _message(on: Context, where: Target, message_id: int) -> Message:
    if isinstance(where, ChannelTarget):
        return on.world.telegram.posts.message(where.channel, message_id)
    return on.world.telegram.chats.message(where.person.id, on.bot.id, message_id)


def _apply(on: Context, where: Target, message: Message, content: Content | None, wanted: Editing) -> JsonValue:
    markup = inline_markup(wanted.reply_markup, invoice=message.kind == "invoice")
    if isinstance(where, ChannelTarget):
        changed = on.world.telegram.posts.edit(on.bot.id, where.channel, message.id, content, markup)
    else:
        changed = on.world.telegram.chats.edit(on.bot.id, where.person.id, message.id, content, markup)
    return where.view(on, changed)


def _delete(on: Context, wanted: OneMessage) -> JsonValue:
    _delete_one(on, target(on, wanted.chat_id), wanted.message_id)
    return True


def _delete_many(on: Context, wanted: ManyMessages) -> JsonValue:
    """Delete messages, skipping missing messages. If any message cannot be deleted, delete none."""
    where = target(on, wanted.chat_id)
    there: list[int] = []
    for message_id in wanted.message_ids:
        try:
            _require_deletable(on, where, message_id)
        except Refused as refused:
            if refused.name != "MESSAGE_ID_INVALID":
                raise
        else:
            there.append(message_id)
    for message_id in there:
        _delete_one(on, where, message_id)
    return True


def _require_deletable(on: Context, where: Target, message_id: int) -> None:
    if isinstance(where, ChannelTarget):
        on.world.telegram.posts.require_deletable(on.bot.id, where.channel, message_id)
    else:
        on.world.telegram.chats.require_deletable(on.bot.id, where.person.id, message_id)


def _delete_one(on: Context, where: Target, message_id: int) -> None:
    if isinstance(where, ChannelTarget):
        on.world.telegram.posts.delete(on.bot.id, where.channel, message_id)
    else:
        on.world.telegram.chats.delete(on.bot.id, where.person.id, message_id)


def _pin(on: Context, wanted: PinChatMessage) -> JsonValue:
    refuse_business(wanted)
    _set_pinned(on, target(on, wanted.chat_id), wanted.message_id, pinned=True)
    return True


def _unpin(on: Context, wanted: UnpinChatMessage) -> JsonValue:
    refuse_business(wanted)
    where = target(on, wanted.chat_id)
    message_id = wanted.message_id
    if message_id is None:
        pinned = _pinned(on, where)
        if not pinned:
            raise bad("MESSAGE_ID_INVALID")
        message_id = pinned[-1]
    _set_pinned(on, where, message_id, pinned=False)
    return True


def _unpin_all(on: Context, wanted: InChat) -> JsonValue:
    where = target(on, wanted.chat_id)
    for message_id in _pinned(on, where):
        _set_pinned(on, where, message_id, pinned=False)
    return True


def _pinned(on: Context, where: Target) -> list[int]:
    if isinstance(where, ChannelTarget):
        return list(where.channel.pinned)
    messages = on.world.telegram.chats.messages(where.person.id, on.bot.id)
    return sorted(message.id for message in messages if message.pinned)


def _set_pinned(on: Context, where: Target, message_id: int, *, pinned: bool) -> None:
    if isinstance(where, ChannelTarget):
        on.world.telegram.posts.pin(on.bot.id, where.channel, message_id, pinned=pinned)
    else:
        on.world.telegram.chats.pin(on.bot.id, where.person.id, message_id, pinned=pinned)


def _react(on: Context, wanted: SetMessageReaction) -> JsonValue:
    where = target(on, wanted.chat_id)
    message = _message(on, where, wanted.message_id)
    message.hidden.pop("reaction", None)
    if wanted.reaction:
        message.hidden["reaction"] = wanted.reaction[0].emoji
    on.world.telegram.chats.touch(message)
    return True


def _answer_callback(on: Context, wanted: AnswerCallbackQuery) -> JsonValue:
    callbacks = on.world.telegram.callbacks
    known = callbacks.find(wanted.callback_query_id)
    if known is not None and known.answered:
        raise bad("QUERY_ID_INVALID")
    callbacks.answer(
        on.bot.id,
        wanted.callback_query_id,
        text=wanted.text or None,
        alert=wanted.show_alert,
        url=wanted.url,
    )
    return True


METHODS: Final[tuple[Method, ...]] = (
    method("editMessageText", EditMessageText, _edit_text),
    method("editMessageCaption", EditMessageCaption, _edit_caption),
    method("editMessageReplyMarkup", EditMessageReplyMarkup, _edit_markup),
    method("deleteMessage", OneMessage, _delete),
    method("deleteMessages", ManyMessages, _delete_many),
    method("setMessageReaction", SetMessageReaction, _react),
    method("pinChatMessage", PinChatMessage, _pin),
    method("unpinChatMessage", UnpinChatMessage, _unpin),
    method("unpinAllChatMessages", InChat, _unpin_all),
    method("answerCallbackQuery", AnswerCallbackQuery, _answer_callback),
)
