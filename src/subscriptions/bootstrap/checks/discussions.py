"""Check that sold groups, and the discussion groups of sold channels, exclude people who have not paid."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from subscriptions.bootstrap.operator import operator
from subscriptions.bootstrap.settings.core import SettingsError, load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.invite_maker import RIGHTS, ChannelLook
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.infrastructure.telegram.bot_desk import BotDesk

_MAY: Final[Mapping[str, str]] = {
    "write": "write there (let only members write, in its settings at Telegram)",
    "join": "come in without being admitted (have new members approved, in its settings at Telegram)",
}


@dataclass(frozen=True)
class SoldChat:
    """Shared chat that plans can include. `linked_chat`: id of the channel or group that was linked to the chat when
    the bot last checked; None without a link.
    """

    soft_id: str
    title: str
    chat: ChatId
    linked_chat: ChatId | None

    @property
    def name(self) -> str:
        """Name of the chat for the operator."""
        return f"«{self.title}» ({self.soft_id})"


async def report_of_discussions(environ: Mapping[str, str]) -> Sequence[str]:
    """Return a line for each sold chat in which the bot has lost an admin right, for each lost link between a channel
    and its discussion group, and for each group that people without a plan can enter.

    Empty if the settings are incomplete, or the database or Telegram does not answer.
    """
    try:
        settings = load(BotSettings, environ)
        async with operator(environ) as container, container.core.units()() as uow:
            chats = {each.chat: each for each in await _sold_chats(uow)}
        async with BotDesk(settings.token.get_secret_value(), settings.api_base) as desk:
            looks = {chat: await desk.look(chat) for chat in chats}
    except (SettingsError, UmbralError):
        return []
    of_each = (_lines_of(chats, chats[chat], look) for chat, look in looks.items())
    return [f"chats: {line}" for line in (*_lost_links(chats, looks), *chain.from_iterable(of_each))]


async def _sold_chats(uow: UnitOfWork) -> Sequence[SoldChat]:
    chats = []
    for resource in await uow.resources.all():
        channel = await uow.resources.channel(resource.id)
        if (
            resource.is_retired
            or channel is None
            or channel.channel_id is None
            or channel.status is not ChannelStatus.READY
        ):
            continue
        look = await uow.resources.seen_chat(channel.channel_id)
        linked_chat = look.linked_chat if look is not None else None
        chats.append(SoldChat(resource.soft_id, channel.title, channel.channel_id, linked_chat))
    return chats


def _lost_links(chats: Mapping[ChatId, SoldChat], looks: Mapping[ChatId, ChannelLook | None]) -> Iterator[str]:
    """Yield a line for each sold channel that is no longer linked to the sold group that was its discussion group."""
    links = set[tuple[ChatId, ...]]()
    for each in chats.values():
        look, other = looks[each.chat], chats.get(each.linked_chat) if each.linked_chat is not None else None
        if other is not None and look is not None and look.linked_chat != other.chat:
            links.add(tuple(sorted((each.chat, other.chat))))
    for pair in sorted(links):
        group, channel = sorted((chats[chat] for chat in pair), key=lambda each: _is_channel(looks[each.chat]))
        yield (
            f"{group.name} discusses {channel.name} no longer, so nobody can comment on its posts; link the group in "
            "the channel's settings at Telegram again"
        )


def _is_channel(look: ChannelLook | None) -> bool:
    return look is not None and look.is_channel


def _lines_of(chats: Mapping[ChatId, SoldChat], chat: SoldChat, look: ChannelLook | None) -> Iterator[str]:
    if look is None or not look.is_admin:
        yield f"the bot is no administrator of {chat.name} any more: nobody is let in there or put out"
        return
    if look.missing_rights:
        lacks = ", ".join(RIGHTS[word] for word in look.missing_rights)
        yield f"the bot lacks {lacks} in {chat.name}: give it back, or it cannot do its work there"
    if look.is_channel and look.linked_chat is not None and look.linked_chat not in chats:
        yield (
            f"{chat.name} is discussed in a group that is not sold ({look.linked_chat}): whoever loses the channel"
            f" stays in it; make the bot its administrator, and `umbral resources add {look.linked_chat}`"
        )
    for word in look.outsiders:
        yield f"people outside of {chat.name} may {_MAY[word]}"
