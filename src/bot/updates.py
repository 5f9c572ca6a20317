"""Telegram's updates as they come: raw, so that one that cannot be read never holds up the others."""

from collections.abc import Collection, Mapping
from hashlib import blake2b
from typing import Any, Final

from aiogram.methods import TelegramMethod

from subscriptions.application.inbox.bot_updates import IncomingUpdate

_UPDATE_KINDS: Final = [
    "message",
    "callback_query",
    "chat_join_request",
    "chat_member",
    "my_chat_member",
    "pre_checkout_query",
    "subscription",
]
_POSTS: Final = ["channel_post", "edited_channel_post"]


def update_kinds(mirrors: Collection[int]) -> list[str]:
    """What Telegram is asked for, whatever handlers exist. mirrors: the channels whose posts are mirrored; without any
    no post is asked for, as our bots are in every customer's channel."""
    return [*_UPDATE_KINDS, *(_POSTS if mirrors else ())]


def is_strange_post(raw: object, mirrors: Collection[int]) -> bool:
    """Whether it is a post of another channel than these."""
    if not isinstance(raw, Mapping):
        return False
    bodies = [raw[kind] for kind in _POSTS if isinstance(raw.get(kind), Mapping)]
    return any(_number(body.get("chat")) not in mirrors for body in bodies)


def is_group_talk(raw: Mapping[str, object], support_chat: int | None) -> bool:
    """Whether it is what people say to each other in a group that is not the operator's for support; what
    Telegram says there of the group and of who comes and goes is no talk."""
    message = raw.get("message")
    chat = message.get("chat") if isinstance(message, Mapping) else None
    in_group = isinstance(chat, Mapping) and chat.get("type") in _GROUPS
    if isinstance(message, Mapping) and any(name in message for name in _LINES):
        return False
    return in_group and _number(chat) != support_chat and not tells_of_money(raw)


_GROUPS: Final = frozenset({"group", "supergroup"})
_LINES: Final = frozenset({"migrate_to_chat_id", "migrate_from_chat_id", "new_chat_members", "left_chat_member"})
_BIGGEST: Final = 2**63 - 1
"""What the database's integer can hold."""

_COMES_AND_GOES: Final = frozenset({"chat_join_request", "chat_member"})


AT_MOST: Final = 100
"""Updates in one answer of getUpdates (core.telegram.org/bots/api#getupdates); with as many there may be more."""


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates without aiogram's reading of them."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = AT_MOST
    timeout: int
    allowed_updates: list[str]


def read_update(raw: object) -> IncomingUpdate | None:
    """A raw update with its key; None for what has no id and so can neither be kept nor acknowledged."""
    number = raw.get("update_id") if isinstance(raw, Mapping) else None
    if not isinstance(raw, Mapping) or type(number) is not int or not 0 <= number <= _BIGGEST:
        return None
    return IncomingUpdate(update_id=number, chat_key=_chat_key(raw), payload=dict(raw))


def callback_id(raw: Mapping[str, object]) -> str | None:
    """The callback query to be answered at once, if it is one."""
    return _id_of(raw.get("callback_query"))


def pre_checkout(raw: Mapping[str, object]) -> Mapping[str, Any] | None:
    """The pre-checkout query, which has ten seconds, if it is one."""
    query = raw.get("pre_checkout_query")
    return query if isinstance(query, Mapping) and _id_of(query) is not None else None


def tells_of_money(raw: Mapping[str, object]) -> bool:
    """Whether somebody paid, got money back, or changed what they pay again and again, inside the chat."""
    message = raw.get("message")
    is_told = isinstance(message, Mapping) and ("successful_payment" in message or "refunded_payment" in message)
    return is_told or isinstance(raw.get("subscription"), Mapping)


def is_talk(raw: Mapping[str, object]) -> bool:
    """Whether it is a word or a press, which only its own person waits for."""
    return ("message" in raw or "callback_query" in raw) and not tells_of_money(raw)


def _id_of(query: object) -> str | None:
    number = query.get("id") if isinstance(query, Mapping) else None
    return number if isinstance(number, str) else None


def _chat_key(raw: Mapping[str, object]) -> int:
    """The chat, or the person where there is none; 0 for what names neither.

    Who comes and goes in a channel waits for themselves alone: it may be shared by everybody.
    """
    for kind, body in raw.items():
        if kind in _COMES_AND_GOES and isinstance(body, Mapping):
            member = body.get("new_chat_member")
            person = _number(member.get("user") if isinstance(member, Mapping) else body.get("from"))
            chat = _number(body.get("chat"))
            if person is not None and chat is not None:
                return _joint(chat, person)
        if isinstance(body, Mapping):
            message = body.get("message")
            for place in (body.get("chat"), message.get("chat") if isinstance(message, Mapping) else None):
                if (number := _number(place)) is not None:
                    return number
            for person in (body.get("from"), body.get("user")):
                if (number := _number(person)) is not None:
                    return number
    return 0


def _joint(chat: int, person: int) -> int:
    """A key of 64 bits for both; below 0, as only a person's own chat is above."""
    return ~(int.from_bytes(blake2b(f"{chat}:{person}".encode(), digest_size=8).digest()) >> 1)


def _number(holder: object) -> int | None:
    number = holder.get("id") if isinstance(holder, Mapping) else None
    return number if isinstance(number, int) and -_BIGGEST <= number <= _BIGGEST else None
