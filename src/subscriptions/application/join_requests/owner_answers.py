"""Answers to a channel's join requests, given by its owning account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.domain.errors import Ambiguous, Permanent
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.channel_provisioner import (
    ChannelProvisioner,
    ChannelRef,
    Insider,
    JoinRequester,
    PeerGone,
)
from subscriptions.domain.ports.chat_membership import Presence

log = structlog.get_logger(__name__)


async def answer_waiting(
    desk: JoinDesk, channel: ChannelRef, telegram: ChannelProvisioner, unsure: list[JoinRequester] | None = None
) -> int:
    """Answer every open join request of a channel, and return the number of requests.

    `unsure`: list to which requests are added for which Telegram's response was lost. A request that can no longer be
        answered, for example because its account was deleted, does not block the others.
    """
    join_requesters = await telegram.join_requests(channel)
    for person in join_requesters:
        try:
            await desk.answer(channel.chat_id, person.telegram_id, _OwnerJoinRequests(telegram, channel, person))
        except Ambiguous:
            if unsure is not None:
                unsure.append(person)
            raise
        except PeerGone:
            raise
        except Permanent as error:
            log.error("request to join could not be answered", chat=channel.chat_id, reason=str(error))
    return len(join_requesters)


async def audit_members(
    desk: JoinDesk, channel: ChannelRef, telegram: ChannelProvisioner, now: datetime
) -> Sequence[Insider]:
    """Compare the channel's members with the people who may be members, record changes of which no update arrived, and
    return the members.
    """
    insiders = await telegram.insiders(channel)
    for person in insiders:
        await desk.record_entry(channel.chat_id, person.telegram_id, is_trusted=person.is_trusted)
    await record_missing(desk, channel, telegram, insiders, now)
    return insiders


async def record_missing(
    desk: JoinDesk, channel: ChannelRef, telegram: ChannelProvisioner, insiders: Sequence[Insider], now: datetime
) -> None:
    """Record customers who left, were banned or were unbanned without an update. `insiders`: all members."""
    member_ids = frozenset(each.telegram_id for each in insiders)
    missing_ids = await desk.missing_members(channel.chat_id, member_ids, now)
    banned_ids = await telegram.banned(channel) if missing_ids else frozenset[TelegramId]()
    for telegram_id in missing_ids:
        presence = Presence.BANNED if telegram_id in banned_ids else Presence.OUTSIDE
        await desk.record_presence(channel.chat_id, telegram_id, presence)


@dataclass(frozen=True)
class _OwnerJoinRequests:
    """Implementation of `JoinRequests` for one person's request, by the owning account. The account can answer a
    request only with the data from its own list of join requests.
    """

    telegram: ChannelProvisioner
    channel: ChannelRef
    person: JoinRequester

    async def approve(self, chat: ChatId, person: TelegramId) -> bool:
        return await self.telegram.answer_request(self.channel, self.person, approve=True)

    async def decline(self, chat: ChatId, person: TelegramId) -> bool:
        return await self.telegram.answer_request(self.channel, self.person, approve=False)

    async def is_inside(self, chat: ChatId, person: TelegramId) -> bool:
        return await self.telegram.is_member(self.channel, self.person)
