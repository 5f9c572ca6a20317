"""Steps in the chats: manual bans and their end, and customers who leave and return."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.ids import ChannelId, ChatId
from subscriptions.domain.ports.chat_membership import Presence
from tests.lives.judge import Broken

if TYPE_CHECKING:
    from tests.lives.life import Life

T = TypeVar("T")
_BANNABLE: Final = frozenset({AccessStatus.ACTIVE, AccessStatus.LEFT})


async def ban(life: Life, pick: int) -> str | None:
    """Ban the customer from a chat as an administrator."""
    found = _chats(life, _BANNABLE)
    if not found:
        return None
    _, channel, name = _of(found, pick)
    life.town.bans.add(channel.id)
    await life.town.desk.record_presence(await _chat_id(life, channel.id), life.judge.person, Presence.BANNED)
    life.sync_bans()
    return f"by hand from {name}"


async def pardon(life: Life, pick: int) -> str | None:
    """Lift a ban, at Telegram or by staff."""
    bans = sorted(life.town.bans)
    if not bans:
        return None
    channel_id = _of(bans, pick)
    life.town.bans.discard(channel_id)
    access = next((each for each, channel, _ in _chats(life, {AccessStatus.BANNED}) if channel.id == channel_id), None)
    is_by_staff = access is not None and pick % 2 == 1
    if access is not None and is_by_staff:
        await life.town.staff(life.olga.telegram_id, "let_in", access.id, reason="motivo")
    else:
        await life.town.desk.record_presence(await _chat_id(life, channel_id), life.judge.person, Presence.OUTSIDE)
    life.sync_bans()
    return "by staff" if is_by_staff else "at Telegram"


async def leave(life: Life, pick: int) -> str | None:
    """Leave a chat as the customer. Asserts that /estado shows the remaining time."""
    found = _chats(life, {AccessStatus.ACTIVE})
    if not found:
        return None
    _, channel, name = _of(found, pick)
    await life.town.desk.record_presence(await _chat_id(life, channel.id), life.judge.person, Presence.OUTSIDE)
    view = await life.shop.status(life.judge.person)
    left = [each.left_at for each in view.live] + [chat.left_at for each in view.live for chat in each.chats]
    if not any(left):
        raise Broken("d", life.town.clock.now(), f"«left {name}» in /estado", "not a word of it")
    return name


async def come_back(life: Life, pick: int) -> str | None:
    """Return to a chat as the customer, by a new link from /estado or by the old link."""
    found = _chats(life, {AccessStatus.LEFT})
    if not found:
        return None
    _, channel, name = _of(found, pick)
    if pick % 2:
        await life.town.desk.record_presence(await _chat_id(life, channel.id), life.judge.person, Presence.INSIDE)
        return f"to {name} by the old link"
    renew = RenewInvite(life.shop.units, life.town.clock, life.town.policy)
    opens = life.judge.view.opens
    plans = [plan for plan in life.judge.accounts if plan == name or name in opens.get(plan, ())]
    for plan in plans:
        await renew(life.judge.person, plan)
    return f"to {name} by a new link"


ACTS: Final = {"ban": ban, "pardon": pardon, "leave": leave, "come_back": come_back}


def _chats(life: Life, states: Collection[AccessStatus]) -> Sequence[tuple[Any, Any, str]]:
    """Return the customer's accesses in these states, each with the chat and its name: the plan's slug for a personal
    channel, otherwise the resource's slug.
    """
    rows = life.shop.memory.rows
    people = {row.id for row in rows("customers") if row.telegram_id == life.judge.person}
    names = {row.id: row.soft_id for row in (*rows("service_plans"), *rows("resources"))}
    channels = {row.id: row for row in rows("telegram_channels")}
    found = [
        (row, channels[row.channel_id])
        for row in rows("accesses")
        if row.customer_id in people and row.status in states and row.channel_id in channels
    ]
    return [(row, channel, names.get(channel.plan_id or channel.resource_id, "")) for row, channel in found]


async def _chat_id(life: Life, channel_id: ChannelId) -> ChatId:
    """Return the chat id of a channel. A channel without an id gets one."""
    async with life.shop.units() as uow:
        channel = await uow.channels.get(channel_id, lock=True)
        assert channel is not None
        if channel.channel_id is None:
            channel.channel_id = ChatId(-1_002_000_000 - life.town.maker.telegram.number())
            await uow.channels.save(channel)
            await uow.commit()
        return channel.channel_id


def _of(values: Sequence[T], pick: int) -> T:
    return values[pick % len(values)]
