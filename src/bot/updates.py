"""Telegram updates in raw form, so that an update that cannot be parsed does not block other updates."""

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


def update_kinds(channels: Collection[int]) -> list[str]:
    """Return the kinds of updates to fetch. channels: channels whose posts are read.

    Without such channels, posts are not fetched, because the bots are members of every customer's channel.
    """
    return [*_UPDATE_KINDS, *(_POSTS if channels else ())]


def is_strange_post(raw: object, channels: Collection[int]) -> bool:
    """Return True if an update is a post of a channel that is not in `channels`."""
    if not isinstance(raw, Mapping):
        return False
    bodies = [raw[kind] for kind in _POSTS if isinstance(raw.get(kind), Mapping)]
    return any(_number(body.get("chat")) not in channels for body in bodies)


def is_group_talk(raw: Mapping[str, object], groups: Collection[int]) -> bool:
    """Return True if an update is a message in a group that is not in `groups`.

    Return False for messages about payments and for service messages about the group and its members.
    """
    message = raw.get("message")
    chat = message.get("chat") if isinstance(message, Mapping) else None
    in_group = isinstance(chat, Mapping) and chat.get("type") in _GROUPS
    if isinstance(message, Mapping) and any(name in message for name in _LINES):
        return False
    return in_group and _number(chat) not in groups and not is_about_money(raw)


_GROUPS: Final = frozenset({"group", "supergroup"})
_LINES: Final = frozenset({"migrate_to_chat_id", "migrate_from_chat_id", "new_chat_members", "left_chat_member"})
_BIGGEST: Final = 2**63 - 1
"""Largest integer that the database can store."""

_COMES_AND_GOES: Final = frozenset({"chat_join_request", "chat_member"})


AT_MOST: Final = 100
"""Maximum number of updates in one response of getUpdates (core.telegram.org/bots/api#getupdates). After a full
response, more updates may be waiting.
"""


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """Bot API method getUpdates that returns the updates without aiogram's parsing."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = AT_MOST
    timeout: int
    allowed_updates: list[str]


def read_update(raw: object) -> IncomingUpdate | None:
    """Return a raw update with its chat key, or None if the update has no valid id and can be neither stored nor
    acknowledged.
    """
    number = raw.get("update_id") if isinstance(raw, Mapping) else None
    if not isinstance(raw, Mapping) or type(number) is not int or not 0 <= number <= _BIGGEST:
        return None
    return IncomingUpdate(update_id=number, chat_key=_chat_key(raw), payload=dict(raw))


def callback_id(raw: Mapping[str, object]) -> str | None:
    """Return the id of the update's callback query, which must be answered immediately, or None for any
    other update.
    """
    return _id_of(raw.get("callback_query"))


def pre_checkout(raw: Mapping[str, object]) -> Mapping[str, Any] | None:
    """Return the update's pre-checkout query, which must be answered within ten seconds, or None for any
    other update.
    """
    query = raw.get("pre_checkout_query")
    return query if isinstance(query, Mapping) and _id_of(query) is not None else None


def is_about_money(raw: Mapping[str, object]) -> bool:
    """Return True if an update is about a payment, a refund, or a change of a subscription that is billed in
    the chat.
    """
    message = raw.get("message")
    is_payment = isinstance(message, Mapping) and ("successful_payment" in message or "refunded_payment" in message)
    return is_payment or isinstance(raw.get("subscription"), Mapping)


def is_talk(raw: Mapping[str, object]) -> bool:
    """Return True if an update is a message or a button press that does not concern a payment, so that only its sender
    waits for the result.
    """
    return ("message" in raw or "callback_query" in raw) and not is_about_money(raw)


def _id_of(query: object) -> str | None:
    number = query.get("id") if isinstance(query, Mapping) else None
    return number if isinstance(number, str) else None


def _chat_key(raw: Mapping[str, object]) -> int:
    """Return the key of the chat whose updates must be processed in order: the chat's id, the user's id if the update
    has no chat, or 0 if it has neither.

    For changes of a chat's members, the key is derived from the chat and the user, so that updates about different
    users do not wait for each other: all customers may share the chat.
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
            for each in (body.get("chat"), message.get("chat") if isinstance(message, Mapping) else None):
                if (number := _number(each)) is not None:
                    return number
            for person in (body.get("from"), body.get("user")):
                if (number := _number(person)) is not None:
                    return number
    return 0


def _joint(chat: int, person: int) -> int:
    """Return a 64-bit key derived from the chat and the user. The key is negative, because positive keys are private
    chats.
    """
    return ~(int.from_bytes(blake2b(f"{chat}:{person}".encode(), digest_size=8).digest()) >> 1)


def _number(holder: object) -> int | None:
    number = holder.get("id") if isinstance(holder, Mapping) else None
    return number if isinstance(number, int) and -_BIGGEST <= number <= _BIGGEST else None
