"""Count of unknown members of shared chats. The Bot API can only count members, not list them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from subscriptions.bootstrap.operator import operator
from subscriptions.bootstrap.settings.core import SettingsError, load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.infrastructure.telegram.bot_desk import BotDesk


@dataclass(frozen=True)
class KnownMembers:
    """Known members of a chat.

    people: Telegram ids of customers and guests recorded as members
    bots: the operator's bots, which may be members
    """

    soft_id: str
    title: str
    chat: ChatId
    people: frozenset[TelegramId]
    bots: frozenset[int]


async def report_of_members(environ: Mapping[str, str]) -> Sequence[str]:
    """Return a line for each shared chat with unknown members and without a userbot account that could list its
    members.

    Empty if the settings are incomplete, or the database or Telegram does not answer.
    """
    try:
        settings = load(BotSettings, environ)
        async with operator(environ) as container, container.core.units()() as uow:
            members = await _known_members(uow)
        async with BotDesk(settings.token.get_secret_value(), settings.api_base) as desk:
            return [line for each in members if (line := await _line(each, desk)) is not None]
    except (SettingsError, UmbralError):
        return []


async def _known_members(uow: UnitOfWork) -> Sequence[KnownMembers]:
    bots = frozenset(bot.telegram_id for bot in await uow.accounts.bots())
    members = []
    for resource in await uow.resources.all():
        channel = await uow.resources.channel(resource.id)
        if channel is None or channel.channel_id is None or channel.account_id is not None:
            continue
        if channel.status is not ChannelStatus.READY:
            continue
        people = await uow.resources.named_inside(channel.id)
        members.append(KnownMembers(resource.soft_id, channel.title, channel.channel_id, people, bots))
    return members


async def _line(members: KnownMembers, desk: BotDesk) -> str | None:
    try:
        member_count, administrators = await desk.member_count(members.chat), await desk.administrators(members.chat)
        bots = {bot for bot in members.bots if bot in administrators or await desk.is_boss(members.chat, bot)}
    except UmbralError:
        # A chat that the bot cannot see has a separate alarm.
        return None
    unknown_count = max(member_count - len(members.people | administrators | bots), 0)
    if not unknown_count:
        return None
    return (
        f"chats: {member_count} are in «{members.title}» ({members.soft_id}), of whom the bot does not know"
        f" {unknown_count}: they were there before, or came in otherwise than by its links; it can list nobody, and"
        " leaves them in peace"
    )
