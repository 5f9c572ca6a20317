"""Conversion of records into the response models of the control interface."""

from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from umbral_sandbox.control.models import (
    AdminView,
    ButtonView,
    ChannelView,
    FileView,
    InvoiceView,
    LinkView,
    MessageView,
    Participant,
    ServiceView,
)
from umbral_sandbox.world.telegram.channel_records import Channel, Link
from umbral_sandbox.world.telegram.records import Message, bot_api_id
from umbral_sandbox.world.world import World

# ISO 4217 exponents other than 2, of the currencies that Telegram supports; XTR is Stars.
_EXPONENTS: Final = {"XTR": 0, "JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "ISK": 0, "UGX": 0, "KWD": 3}
_SERVICE: Final = {
    "channel_chat_created": "Canal creado",
    "group_chat_created": "Grupo creado",
    "supergroup_chat_created": "Grupo creado",
    "new_chat_members": "{who} se unió al grupo",
    "left_chat_member": "{who} salió del grupo",
    "migrate_to_chat_id": "El grupo es ahora un supergrupo",
    "migrate_from_chat_id": "Este supergrupo era un grupo básico",
    "forum_topic_created": "Tema creado: «{title}»",
    "forum_topic_edited": "El tema se llama ahora «{title}»",
    "forum_topic_closed": "Tema cerrado",
    "forum_topic_reopened": "Tema reabierto",
    "chat_shared": "Chat compartido con el bot",
    "new_chat_title": "El chat se llama ahora «{title}»",
    "pinned_message": "Mensaje fijado",
    "successful_payment": "Pago realizado",
    "refunded_payment": "Pago reembolsado",
}
_MEDIA: Final = ("document", "video", "animation", "audio", "voice", "sticker")


def participant(world: World, user_id: int) -> Participant:
    """Return a person's or bot's id and names."""
    user = world.telegram.people.get(user_id)
    return Participant(id=user.id, name=user.name, is_bot=user.is_bot)


def _sender(world: World, message: Message) -> Participant:
    """Return the displayed sender: the group for an anonymous admin, the channel in a discussion group."""
    chat = message.hidden.get("sender_chat")
    if isinstance(chat, dict):
        return Participant(id=int(str(chat["id"])), name=str(chat["title"]), is_bot=False)
    group = world.telegram.state.channels.get(int(message.chat[1:])) if message.hidden.get("anonymous") else None
    if group is not None:
        return Participant(id=group.chat_id, name=group.title, is_bot=False)
    return participant(world, message.sender)


def message_view(world: World, message: Message) -> MessageView:
    """Return a message as shown in the chat."""
    view = MessageView(
        id=message.id,
        seq=message.seq,
        date=message.date,
        edited=message.edited is not None,
        sender=_sender(world, message),
        kind=message.kind,
        text=message.text or _service_line(message),
        service=_service(message),
        pinned=message.pinned,
        buttons=_buttons(message),
    )
    entities = message.content.get("entities") or message.content.get("caption_entities")
    if isinstance(entities, list):
        view.entities = [entity for entity in entities if isinstance(entity, dict)]
    if (file := _file(message)) is not None:
        view.file = file
    if (invoice := _invoice(message)) is not None:
        view.invoice = invoice
    if (reaction := message.hidden.get("reaction")) is not None:
        view.reaction = str(reaction)
    return view


def channel_view(world: World, channel: Channel) -> ChannelView:
    """Return a channel with all its properties."""
    telegram = world.telegram
    bots = telegram.state.bots
    return ChannelView(
        id=channel.chat_id,
        kind=channel.kind,
        title=channel.title,
        about=channel.about,
        owner=channel.owner,
        protected=channel.protected,
        created_by=channel.created_by,
        created=channel.at,
        admins=[
            AdminView(id=user_id, is_bot=user_id in bots, rights=admin.rights, anonymous=admin.anonymous)
            for user_id, admin in channel.admins.items()
        ],
        members=[participant(world, user_id) for user_id in channel.members],
        links=[link_view(link) for link in channel.links.values()],
        requests=list(channel.requests),
        banned=telegram.members.banned(channel),
        messages=telegram.posts.count(channel),
        topics=channel.topics,
        restricted=list(channel.restricted),
        linked=None if channel.linked is None else bot_api_id(channel.linked),
    )


def link_view(link: Link) -> LinkView:
    """Return an invite link."""
    return LinkView(
        url=link.url,
        creator=link.creator,
        primary=link.primary,
        request=link.request,
        member_limit=link.member_limit,
        expires=link.expires,
        revoked=link.revoked,
        used=link.used,
        title=link.title,
    )


def button_rows(message: Message) -> list[list[dict[str, JsonValue]]]:
    """Return the inline keyboard as the bot sent it."""
    rows = message.markup.get("inline_keyboard") if message.markup else None
    if not isinstance(rows, list):
        return []
    return [[b for b in row if isinstance(b, dict)] for row in rows if isinstance(row, list)]


def button_view(button: dict[str, JsonValue]) -> ButtonView:
    """Return one button; an action that the page does not support becomes a link without an address."""
    view, style = _button(button), button.get("style")
    if style is not None:
        view.style = str(style)
    return view


def _button(button: dict[str, JsonValue]) -> ButtonView:
    text = str(button.get("text", ""))
    if "callback_data" in button:
        return ButtonView(text=text, kind="callback", data=str(button["callback_data"]))
    copied = button.get("copy_text")
    if isinstance(copied, dict):
        return ButtonView(text=text, kind="copy", copy_text=str(copied.get("text", "")))
    page = button.get("web_app")
    if isinstance(page, dict):
        return ButtonView(text=text, kind="web_app", url=str(page.get("url", "")))
    if button.get("pay"):
        return ButtonView(text=text, kind="pay")
    return ButtonView(text=text, kind="url", url=str(button.get("url", "")))


def _buttons(message: Message) -> list[list[ButtonView]]:
    return [[button_view(button) for button in row] for row in button_rows(message)]


def _file(message: Message) -> FileView | None:
    found: JsonValue = None
    photo = message.content.get("photo")
    if isinstance(photo, list) and photo:
        found = photo[-1]
    for name in _MEDIA:
        found = found or message.content.get(name)
    if not isinstance(found, dict):
        return None
    view = FileView(id=str(found.get("file_id", "")))
    if "file_name" in found:
        view.name = str(found["file_name"])
    if "url" in message.hidden:
        view.url = str(message.hidden["url"])
    return view


def _invoice(message: Message) -> InvoiceView | None:
    invoice = message.content.get("invoice")
    if not isinstance(invoice, dict):
        return None
    currency, total = str(invoice.get("currency", "")), invoice.get("total_amount", 0)
    return InvoiceView(
        title=str(invoice.get("title", "")),
        description=str(invoice.get("description", "")),
        currency=currency,
        amount=decimal_amount(total if isinstance(total, int) else 0, currency),
    )


def decimal_amount(minor: int, currency: str) -> str:
    """Convert an amount in the smallest unit to a decimal string in the currency."""
    return str(Decimal(minor).scaleb(-_EXPONENTS.get(currency, 2)))


def _service(message: Message) -> ServiceView | None:
    kind = next((name for name in _SERVICE if name in message.content), None)
    if kind is None:
        return None
    title = message.content.get("new_chat_title")
    if isinstance(topic := message.content.get(kind), dict) and kind.startswith("forum_topic"):
        title = topic.get("name")
    view = ServiceView(kind=kind, title=None if title is None else str(title))
    people = message.content.get(kind) if kind in {"new_chat_members", "left_chat_member"} else None
    if people is not None:
        view.who = ", ".join(_name(user) for user in (people if isinstance(people, list) else [people]))
    return view


def _name(user: JsonValue) -> str:
    if not isinstance(user, dict):
        return ""
    return " ".join(str(user[part]) for part in ("first_name", "last_name") if user.get(part))


def _service_line(message: Message) -> str:
    told = _service(message)
    return "" if told is None else _SERVICE[told.kind].format(title=told.title, who=told.who)
