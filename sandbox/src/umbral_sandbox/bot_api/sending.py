"""Sending of a message to a chat: markup, replies, mentioned people and the target."""

from dataclasses import dataclass, field

from pydantic import JsonValue

from umbral_sandbox.bot_api.chats import ChannelTarget, PrivateTarget, Target
from umbral_sandbox.bot_api.context import Context
from umbral_sandbox.bot_api.entities.text import Entity, FormattedText
from umbral_sandbox.bot_api.errors import bad_request
from umbral_sandbox.bot_api.parameters.markup import InlineKeyboard, Markup
from umbral_sandbox.bot_api.parameters.messages import Business, Outgoing, Posting
from umbral_sandbox.bot_api.parameters.text import ReplyTo
from umbral_sandbox.world.telegram.records import Content, Message
from umbral_sandbox.world.telegram.views import user_view


@dataclass(slots=True)
class Draft:
    """Message that is ready to be sent.

    inline: keyboard made by the service itself, which replaces `markup`. thread: topic of a forum.
    """

    content: Content
    markup: Markup | None = None
    inline: Content | None = None
    invoice: bool = False
    protected: bool = False
    reply: ReplyTo | None = None
    forwarded: Content | None = None
    hidden: Content = field(default_factory=dict)
    thread: int | None = None


def draft_of(wanted: Posting, content: Content) -> Draft:
    """Build the draft from the parameters shared by sending methods; refuse features that this world lacks."""
    if isinstance(wanted, Business):
        refuse_business(wanted)
    if isinstance(wanted, Outgoing) and wanted.direct_messages_topic_id is not None:
        raise bad_request("wrong direct messages topic identifier specified")
    return Draft(
        content,
        wanted.reply_markup,
        protected=wanted.protect_content,
        reply=wanted.reply_parameters,
        thread=wanted.message_thread_id,
    )


def refuse_business(wanted: Business) -> None:
    """Refuse a call for a business account, because this world has no such account."""
    if wanted.business_connection_id is not None:
        raise bad_request("business connection not found")


def send(on: Context, where: Target, draft: Draft) -> Content:
    """Send the draft and return the Bot API's Message; raise Refused if Telegram's rules forbid it."""
    return where.view(on, send_message(on, where, draft))


def send_message(on: Context, where: Target, draft: Draft) -> Message:
    """Send the draft and return the stored message."""
    if draft.thread is not None:
        if not (isinstance(where, ChannelTarget) and draft.thread in where.channel.topics):
            raise bad_request("message thread not found")
        draft.hidden["thread"] = draft.thread
    inline = draft.inline or inline_markup(draft.markup, invoice=draft.invoice)
    reply = _reply(on, where, draft.reply)
    if isinstance(where, ChannelTarget):
        if draft.markup is not None and inline is None and not where.channel.is_group:
            raise bad_request("inline keyboard expected")
        if draft.markup is not None and inline is None:
            draft.hidden["keyboard"] = draft.markup.model_dump(mode="json", exclude_none=True)
        return on.world.telegram.posts.post(
            on.bot.id,
            where.channel,
            draft.content,
            markup=inline,
            protected=draft.protected,
            reply_to=reply,
            forwarded=draft.forwarded,
            hidden=draft.hidden,
        )
    if draft.markup is not None and inline is None:
        draft.hidden["keyboard"] = draft.markup.model_dump(mode="json", exclude_none=True)
    return on.world.telegram.chats.bot_send(
        on.bot.id,
        where.person.id,
        draft.content,
        markup=inline,
        protected=draft.protected,
        reply_to=reply,
        forwarded=draft.forwarded,
        hidden=draft.hidden,
    )


def inline_markup(markup: Markup | None, *, invoice: bool = False) -> Content | None:
    """Return the inline keyboard as a message stores it; None for no keyboard or an empty one."""
    if not isinstance(markup, InlineKeyboard):
        return None
    rows = [row for row in markup.inline_keyboard if row]
    if not rows:
        return None
    if not invoice and any(button.pay for row in rows for button in row):
        raise bad_request("BUTTON_TYPE_INVALID")
    shown = InlineKeyboard(inline_keyboard=rows).model_dump(mode="json", exclude_none=True)
    return dict(shown)


def text_content(on: Context, formatted: FormattedText, name: str = "text") -> Content:
    """Return one part of a Message: `text` and `entities`, or `caption` and `caption_entities`."""
    if not formatted.text:
        return {}
    entities = [known for entity in formatted.entities if (known := _known(on, entity))]
    found: Content = {name: formatted.text}
    if entities:
        found["entities" if name == "text" else f"{name}_entities"] = list(entities)
    return found


def _known(on: Context, entity: Entity) -> dict[str, JsonValue] | None:
    """Return an entity as shown; a mention of an unknown person is dropped, as by the real service."""
    person_id = entity.get("user_id")
    given = entity.get("user")
    if isinstance(given, dict):
        person_id = given.get("id")
    if person_id is None:
        return {name: value for name, value in entity.items() if isinstance(value, str | int)}
    person = on.world.telegram.people.find(person_id) if isinstance(person_id, int) else None
    if person is None:
        return None
    fields = {name: value for name, value in entity.items() if isinstance(value, str | int)}
    fields.pop("user_id", None)
    return {**fields, "user": user_view(person)}


def _reply(on: Context, where: Target, wanted: ReplyTo | None) -> int | None:
    if wanted is None:
        return None
    messages = (
        on.world.telegram.posts.messages(where.channel)
        if isinstance(where, ChannelTarget)
        else on.world.telegram.chats.messages(where.person.id, on.bot.id)
    )
    here = wanted.chat_id is None or wanted.chat_id == _chat_id(where)
    if here and any(message.id == wanted.message_id for message in messages):
        return wanted.message_id
    if wanted.allow_sending_without_reply:
        return None
    raise bad_request("message to be replied not found")


def _chat_id(where: Target) -> int:
    if isinstance(where, PrivateTarget):
        return where.person.id
    return where.channel.chat_id
