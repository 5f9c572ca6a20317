"""Creation of exactly one channel despite crashes, in four steps: plan, check, create with a unique marker, record.

Creation is the only request to Telegram that cannot be repeated safely. The attempt is committed before the request is
sent. After an uncertain result, the same account first searches for the channel by its marker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.dto.jobs import TendChannel
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.events import ChannelDoubled, ChannelOutdated
from subscriptions.domain.ids import ChannelId
from subscriptions.domain.ports.channel_provisioner import (
    AccountUnavailable,
    ChannelProvisioner,
    ChannelRef,
    FloodWait,
)
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import channel_texts

log = structlog.get_logger(__name__)

CLOCK_SLACK: Final = timedelta(days=1)
"""Tolerance for comparing Telegram's dates with the local clock. With a larger deviation, connections to Telegram fail
anyway.
"""

SETTLE: Final = timedelta(seconds=5)
"""Time that Telegram may take to carry out an unanswered request. The result is checked only after this time."""

CERTAIN_AFTER: Final = timedelta(minutes=10)
"""Age at which an unanswered creation request counts as failed, if no channel was found by then."""

LOOK_AGAIN: Final = (timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=12))
"""Delays after which the account's channels are searched again for the channel of an unanswered creation request. They
start with the second creation request, because Telegram may execute the first one late.
"""


@dataclass(frozen=True)
class MakeChannel:
    """Use case that creates an assigned channel at Telegram, or unassigns it."""

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def make(self, channel: Channel, telegram: ChannelProvisioner) -> Channel:
        """Create the channel at Telegram and return it. Raises the provisioner's errors; the next run continues where
        this run stopped.
        """
        asked_before = channel.create_started_at
        channel_refs = await self._look(channel, asked_before, telegram) if asked_before is not None else ()
        channel_ref = channel_refs[0] if channel_refs else await self._create(channel, telegram)
        async with self.units() as uow:
            fresh = await self._begin_creation(uow, channel)
            fresh.mark_created(channel_ref.chat_id, channel_ref.access_hash)
            await uow.channels.save(fresh)
            await _forget_setbacks(uow, fresh)
            if len(channel_refs) > 1 and fresh.account_id is not None:
                uow.record(ChannelDoubled(fresh.id, fresh.account_id))
            await uow.commit()
        log.info("channel made", channel=fresh.channel_id, account=fresh.account_id)
        return fresh

    async def give_back(self, channel_id: ChannelId) -> bool:
        """Unassign the channel if its account has certainly not created it, so that another account is chosen. Return
        True if the channel was unassigned.
        """
        async with self.units() as uow:
            channel = await uow.channels.get(channel_id, lock=True)
            if channel is None or not await taken_back(uow, channel, self.clock.now()):
                return False
            uow.record(ChannelOutdated(channel_id))
            await uow.commit()
        log.info("channel given back", channel=str(channel_id))
        return True

    async def _look(self, channel: Channel, asked_at: datetime, telegram: ChannelProvisioner) -> Sequence[ChannelRef]:
        rest = asked_at + SETTLE - self.clock.now()
        if rest > timedelta():
            raise RetryLater("a creating request may still be under way", delay=min(rest, SETTLE))
        async with self.units() as uow:
            known_chats = (
                await uow.channels.known_chat_ids(channel.account_id) if channel.account_id else frozenset[int]()
            )
        channel_refs = await telegram.find_channels(channel.marker, channel.created_at - CLOCK_SLACK, known_chats)
        log.warning("lost answer looked for", channel=str(channel.id), found=len(channel_refs))
        return channel_refs

    async def _create(self, channel: Channel, telegram: ChannelProvisioner) -> ChannelRef:
        async with self.units() as uow:
            fresh = await self._begin_creation(uow, channel)
            plan = await uow.plans.get(fresh.plan_id) if fresh.plan_id else None
            if plan is None and not fresh.is_precreated:
                raise Permanent(f"channel {channel.id} has no plan")
            description = channel_texts.channel_about(self.policy.channel_about, self.policy.brand, plan)
            asked_before = fresh.create_started_at
            now = self.clock.now()
            fresh.start_creating(now)
            await uow.channels.save(fresh)
            if asked_before is not None and fresh.account_id is not None:
                # If Telegram executes the first request late, these checks find the channel.
                look = TendChannel(account_id=fresh.account_id, channel_id=fresh.id, look=True)
                for wait in LOOK_AGAIN:
                    await uow.enqueue(look.delayed_job(now + wait, f"look:{fresh.id}:{(now + wait).isoformat()}"))
            await uow.commit()
        try:
            return await telegram.create_channel(fresh.title, channel_texts.mark_description(description, fresh.marker))
        except (FloodWait, AccountUnavailable, Permanent):
            await self._note_refusal(channel, asked_before)
            raise

    async def _note_refusal(self, channel: Channel, asked_before: datetime | None) -> None:
        """Record that Telegram refused to create the channel. If an earlier request is unanswered, the channel stays
        assigned to the account. `asked_before`: time of that request; None if there is none.
        """
        certain = asked_before is None or self.clock.now() - asked_before >= CERTAIN_AFTER
        async with self.units() as uow:
            fresh = await self._begin_creation(uow, channel)
            fresh.creating_refused(None if certain else asked_before)
            await uow.channels.save(fresh)
            await uow.commit()

    async def _begin_creation(self, uow: UnitOfWork, channel: Channel) -> Channel:
        fresh = await uow.channels.get(channel.id, lock=True)
        if fresh is None or fresh.status is not ChannelStatus.CREATING or fresh.account_id != channel.account_id:
            raise RetryLater("the channel changed meanwhile")
        return fresh


async def _forget_setbacks(uow: UnitOfWork, channel: Channel) -> None:
    """Reset the count of consecutive failures of the account that created the channel."""
    account = await uow.accounts.get(channel.account_id, lock=True) if channel.account_id is not None else None
    if account is not None and account.came_through():
        await uow.accounts.save(account)


async def taken_back(uow: UnitOfWork, channel: Channel, now: datetime) -> bool:
    """Unassign a locked channel from its account and reduce the account's count. Return False if the account may have
    created the channel.

    A channel created by a banned account does not count, because it can't be found or used.
    """
    if channel.status is not ChannelStatus.CREATING:
        return False
    account = await uow.accounts.get(channel.account_id, lock=True) if channel.account_id is not None else None
    if not (channel.may_be_given_back or (account is not None and account.is_banned)):
        return False
    if account is not None:
        account.release_channel(now)
        await uow.accounts.save(account)
    channel.give_back()
    await uow.channels.save(channel)
    return True
