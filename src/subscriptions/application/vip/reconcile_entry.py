"""Job that checks one customer's invite links to shared chats. Missing links are created, outdated links revoked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByAge
from subscriptions.application.dto import jobs
from subscriptions.application.dto.jobs import TendVipEntry as TendVipEntryJob
from subscriptions.application.vip.invites import VipInvites
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Invite
from subscriptions.domain.errors import Permanent
from subscriptions.domain.events import InviteReady
from subscriptions.domain.ids import ChannelId, CustomerId
from subscriptions.domain.ports.chat_membership import REFUSED
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

RETRY: Final = timedelta(minutes=30)
"""Delay before the next attempt after Telegram refused a request."""

log = structlog.get_logger(__name__)


class VipLinkRefused(AlarmKind):
    """Alarm: invite links to a shared chat can't be created. `channel`: title of the chat."""

    name = "vip_link_refused"
    closes = ByAge(timedelta(hours=25))
    link = AlarmLink.CHANNEL
    customer: CustomerId
    reason: str
    channel: str | None = None


@dataclass(frozen=True)
class ReconcileEntry:
    """Job that creates a missing link and revokes outdated ones. Idempotent."""

    units: UnitOfWorkFactory
    clock: Clock
    vip_invites: VipInvites

    async def __call__(
        self,
        customer_id: CustomerId,
        *,
        upkeep: bool = False,
        channel_id: ChannelId | None = None,
        more_channels: Sequence[ChannelId] = (),
    ) -> None:
        """Create missing links and revoke outdated ones.

        upkeep: True to only revoke links and create none
        channel_id: id of the shared chat; None for the VIP channel
        more_channels: further chats whose links are sent in the same message

        Raises RetryLater and Ambiguous. A refusal by Telegram is reported to the owners and retried, because the bot's
        rights may be restored.
        """
        upkeeps = (
            self._tend(customer_id, each, upkeep=upkeep, tell=not more_channels)
            for each in (channel_id, *more_channels)
        )
        # The chats are processed concurrently, each independently of the others, so that five chats take no longer than
        # one.
        links = await asyncio.gather(*upkeeps, return_exceptions=True)
        for failure in links:
            if isinstance(failure, BaseException):
                raise failure
        invites = [invite for invite in links if isinstance(invite, Invite)]
        if more_channels and invites:
            # The message about the newest link contains all links.
            newest = max(invites, key=lambda invite: (invite.created_at, invite.id))
            async with self.units() as uow:
                access = await uow.accesses.find(customer_id, newest.channel_id)
                if access is not None:
                    uow.record(InviteReady(access.id, customer_id, newest.id))
                    await uow.commit()

    async def _tend(
        self, customer_id: CustomerId, channel_id: ChannelId | None, *, upkeep: bool, tell: bool
    ) -> Invite | None:
        """Update the links to one chat, and return the valid link; None if there is none. If Telegram refuses, the
        other chats are not affected.
        """
        try:
            is_awaited = await self.vip_invites.put_away(customer_id, channel_id=channel_id)
            if is_awaited and not upkeep:
                return await self.vip_invites.give(customer_id, tell=tell, channel_id=channel_id)
        except Permanent as refusal:
            job = TendVipEntryJob(customer_id=customer_id, upkeep=upkeep, channel_id=channel_id)
            await self._raise_alarm(job, str(refusal))
        return None

    async def _raise_alarm(self, job: TendVipEntryJob, reason: str) -> None:
        now, who = self.clock.now(), CustomerId(job.customer_id)
        log.warning("a shared chat is out of reach", customer=str(who), chat=str(job.channel_id), reason=reason)
        async with self.units() as uow:
            channel = await uow.channels.get(ChannelId(job.channel_id)) if job.channel_id is not None else None
            channel = channel or await uow.of(VIP_KEY).channel()
            alarm = VipLinkRefused(customer=who, reason=reason, channel=channel.title if channel is not None else None)
            channel_part = f":{job.channel_id}" if job.channel_id is not None else ""
            uow.record(alarm.raise_event(f"vip_link_refused:{now:%Y-%m-%d}{channel_part}"))
            await uow.enqueue(job.delayed_job(now + RETRY, f"vip_again:{job.who}"))
            access = await uow.accesses.find(who, channel.id, lock=True) if channel is not None else None
            if access is not None and access.status is AccessStatus.PENDING and access.hinder(REFUSED):
                # A customer who paid reads that the link follows, and that nothing is lost.
                await uow.accesses.save(access)
                watch = jobs.WatchAccess(access_id=access.id)
                await uow.enqueue(watch.delayed_job(now + self.vip_invites.policy.access_patience, access.id))
            if channel is not None:
                # The bot may have lost its rights without an update; then the plans that open the chat are not sold.
                await uow.enqueue(jobs.CheckChat(channel_id=channel.id).keyed_job(channel.id))
            await uow.commit()
