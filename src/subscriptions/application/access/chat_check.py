"""Check of an operator's chat through the bot: whether plans can include the chat and, if not, how to fix this."""

from dataclasses import dataclass
from typing import Final

from subscriptions.application.access.resource_kind import ResourceKind, kind_of_channel, kind_of_chat
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.invite_maker import ChannelLook, LooksAtChats
from subscriptions.domain.ports.unit_of_work import UnitOfWork

BASIC: Final = "group"
"""Telegram's type of a basic group, which gets a new id when it becomes a supergroup."""
_RIGHTS: Final = {"invite": "invite users", "remove": "ban users", "post": "post messages"}


class ChatUnfit(InvalidInput):
    """Error: a plan cannot include the chat.

    reason: one of `unseen`, `private`, `not_admin`, `lacks`, `members_invite` and `known`
    facts: values for the message that explains the reason
    """

    def __init__(self, reason: str, problem: str, **facts: str) -> None:
        super().__init__("chat", problem)
        self.reason, self.facts = reason, facts


@dataclass(frozen=True)
class NamedChat:
    """Id and title of a chat."""

    chat: ChatId
    title: str


async def look_at(maker: LooksAtChats, chat: ChatId | str) -> tuple[ResourceKind, NamedChat]:
    """Return the kind of resource that fits a chat, and the chat's id and title.

    `chat`: the chat's id, or its username as `@name`. Raise ChatUnfit with instructions if the chat can't be used, and
        RetryLater while Telegram is unavailable.
    """
    if isinstance(chat, str) and chat.lstrip("-").isdigit():
        chat = ChatId(int(chat))
    return check_chat(chat, await maker.look(chat))


async def refuse_taken(uow: UnitOfWork, chat: NamedChat, own: Channel | None = None) -> None:
    """Raise ChatUnfit if a channel other than `own` already uses the chat. A chat that was replaced is free again."""
    channel = await uow.channels.by_chat_id(chat.chat)
    if channel is None or is_replaced(channel) or (own is not None and channel.id == own.id):
        return
    resource = await uow.resources.get(channel.resource_id) if channel.resource_id is not None else None
    what = f"the resource {resource.soft_id} already" if resource is not None else "a customer's own channel"
    raise ChatUnfit("known", f"«{chat.title}» is {what}", title=chat.title, what=what)


def is_replaced(channel: Channel) -> bool:
    """Return True if the channel's resource uses another chat instead."""
    return channel.status is ChannelStatus.DELETED and not kind_of_channel(channel).for_one


async def release_chat(uow: UnitOfWork, chat: ChatId) -> None:
    """Remove a chat from the replaced channel that has it, so that another channel can use the chat."""
    known = await uow.channels.by_chat_id(chat)
    channel = await uow.channels.get(known.id, lock=True) if known is not None else None
    if channel is not None and is_replaced(channel):
        channel.channel_id = None
        await uow.channels.save(channel)


def check_chat(chat: ChatId | str, look: ChannelLook | None) -> tuple[ResourceKind, NamedChat]:
    """Return the kind of resource that fits a chat, and the chat's id and title. Raise ChatUnfit with instructions if
    the chat can't be used.
    """
    if look is None or look.chat is None:
        raise ChatUnfit(
            "unseen",
            f"the bot sees no chat {chat}; add the bot to it as an administrator, and check the id or @name",
            chat=str(chat),
        )
    kind = kind_of_chat(look.chat_type)
    if kind is None:
        raise ChatUnfit("private", f"{chat} is a private chat; name a channel or a group", chat=str(chat))
    if not look.is_admin:
        raise ChatUnfit(
            "not_admin",
            f"the bot is no administrator of «{look.title}»; make it one that may invite and ban users",
            title=look.title,
        )
    if look.missing_rights:
        lacks = ", ".join(_RIGHTS[right] for right in look.missing_rights)
        raise ChatUnfit(
            "lacks",
            f"the bot lacks these rights in «{look.title}»: {lacks}; give them to it",
            title=look.title,
            rights=" ".join(look.missing_rights),
        )
    if look.members_invite:
        raise ChatUnfit(
            "members_invite",
            f"members of «{look.title}» may add others, who would be in without paying; take «Add members» out of its"
            " permissions at Telegram",
            title=look.title,
        )
    return kind, NamedChat(look.chat, look.title)
