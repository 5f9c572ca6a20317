"""The hourly head count: a channel holds its owner, the bots and its customer, and what no update told of is seen."""

from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.doors.door_answers import count_heads
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import AccountId, ChannelId
from subscriptions.domain.ports.channel_provisioner import ChannelProvisioner, ChannelRef, PeerGone
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(hours=1)
AT_ONCE: Final = 10
"""Channels counted in one go: the hour's work is spread, and doors are looked at in between."""

LISTING: Final = "GetParticipants"


class CountHeads:
    """Counts the channels of an account, each about once an hour; after a restart all of them once."""

    def __init__(self, units: UnitOfWorkFactory, account_care: AccountCare, join_desk: JoinDesk, clock: Clock) -> None:
        self._units = units
        self._account_care = account_care
        self._join_desk = join_desk
        self._clock = clock
        self._counted: dict[ChannelId, datetime] = {}

    async def __call__(self, account_id: AccountId) -> int:
        """How many were counted. The caller holds the account's lease."""
        now = self._clock.now()
        async with self._units() as uow:
            account = await uow.accounts.get(account_id)
            channels = await uow.channels.open_of(account_id)
        if account is None or not account.in_service or not account.may_call(LISTING, now):
            return 0
        due = [channel for channel in channels if self._is_due(channel, now)][:AT_ONCE]
        if not due:
            return 0
        async with self._account_care.at_work(account) as telegram:
            for channel in due:
                await self._count(channel, telegram, now)
        return len(due)

    def _is_due(self, channel: Channel, now: datetime) -> bool:
        last = self._counted.get(channel.id)
        return last is None or now - last >= EVERY

    async def _count(self, channel: Channel, telegram: ChannelProvisioner, now: datetime) -> None:
        self._counted[channel.id] = now
        if channel.channel_id is None or channel.access_hash is None:
            return
        try:
            await count_heads(self._join_desk, ChannelRef(channel.channel_id, channel.access_hash), telegram, now)
        except (PeerGone, Permanent) as error:
            # One channel that cannot be counted keeps nobody from counting the others.
            log.error("heads could not be counted", channel=str(channel.id), reason=str(error))
