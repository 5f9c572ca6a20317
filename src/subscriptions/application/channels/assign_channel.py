"""Assignment of a planned channel to the userbot account that will create and own it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.access.personal_channel import is_left_by_all, is_unwanted
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.accounts.pool_forecast import pool_forecast
from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCheck
from subscriptions.application.channels.expected_wait import LONG_WAIT, announce_delay
from subscriptions.application.channels.make_channel import taken_back
from subscriptions.domain.entities.access import WAITS_FOR_LINK
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.events import ChannelAssigned
from subscriptions.domain.ids import ChannelId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

LONGEST_WAIT: Final = timedelta(minutes=5)
"""Maximum delay before the accounts are checked again, because accounts may be added or recover in the meantime."""


class PoolDry(AlarmKind):
    """Alarm: no account can create channels, and customers are waiting. `per_day`: number of channels created per
    day.
    """

    name = "pool_dry"
    closes = ByCheck(alarm_causes.nobody_waits)
    link = AlarmLink.ACCOUNTS
    waiting: int
    accounts: int
    per_day: str
    retry: datetime | None = None


@dataclass(frozen=True)
class AssignChannel:
    """Use case that chooses the userbot account for a channel, or finds the one that owns it, and queues the work for
    that account.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, channel_id: ChannelId) -> None:
        """Assign the channel to an account. Raises RetryLater with the time at which an account may create a channel
        again.

        The customer is notified of a long wait. If the assigned account can't begin now and certainly has not created
        the channel, the channel is unassigned.
        """
        async with self.units() as uow:
            channel = await uow.channels.get(channel_id, lock=True)
            if channel is None:
                raise Permanent(f"channel {channel_id} does not exist")
            if not kind_of_channel(channel).needs_account:
                # No userbot account owns the chat; the bot creates its links.
                return
            if channel.status is ChannelStatus.DELETED and not channel.to_be_deleted:
                return
            await self._leave_hindered(uow, channel)
            needless = channel.account_id is None and not await self._is_wanted(uow, channel)
            wait = None if needless or channel.account_id is not None else await self._choose(uow, channel)
            if channel.account_id is not None:
                uow.record(ChannelAssigned(channel.id, channel.account_id, await _is_awaited(uow, channel)))
            await uow.commit()
        if wait is not None:
            raise RetryLater("no account may create a channel now", delay=wait)

    async def _leave_hindered(self, uow: UnitOfWork, channel: Channel) -> None:
        now = self.clock.now()
        account = await uow.accounts.get(channel.account_id) if channel.account_id is not None else None
        if account is not None and account.is_hindered(now):
            await taken_back(uow, channel, now)

    async def _is_wanted(self, uow: UnitOfWork, channel: Channel) -> bool:
        """Return True if the channel is still needed: the access may have ended or been paused before the channel was
        created.

        A pre-created channel that could not be created is dropped, and planned again when the pool has capacity.
        """
        if channel.is_precreated or await is_left_by_all(uow, channel):
            channel.mark_deleted()
            await uow.channels.save(channel)
            return False
        return not await is_unwanted(uow, channel)

    async def _choose(self, uow: UnitOfWork, channel: Channel) -> timedelta | None:
        """Assign the channel to the least used account that may create a channel now, and return None. If no account
        may create a channel now, return the time until an account may.
        """
        accounts = await uow.accounts.all(lock=True)
        # The clock is read under the locks, because earlier lock holders wrote later timestamps into the accounts.
        now = self.clock.now()
        ready = [account for account in accounts if account.may_create_from(now) == now]
        if ready:
            userbot_account = min(ready, key=lambda account: (account.setbacks, account.channels_used, account.id))
            userbot_account.reserve_channel(now)
            channel.assign(userbot_account.id)
            await uow.accounts.save(userbot_account)
            await uow.channels.save(channel)
            return None
        wait = await self._soonest(uow, accounts, now)
        if wait > LONG_WAIT or now - channel.created_at > LONG_WAIT:
            await announce_delay(uow, channel)
        return min(wait, LONGEST_WAIT)

    async def _soonest(self, uow: UnitOfWork, accounts: Sequence[UserbotAccount], now: datetime) -> timedelta:
        moments = [moment for account in accounts if (moment := account.may_create_from(now)) is not None]
        if moments:
            return min(moments) - now
        log.warning("no account can create channels", accounts=len(accounts))
        forecast = await pool_forecast(uow, accounts, now)
        alarm = PoolDry(
            waiting=await uow.channels.count_awaited(),
            accounts=forecast.accounts,
            per_day=f"{forecast.per_day:.1f}",
            retry=forecast.next_try,
        )
        uow.record(alarm.raise_event(f"pool_dry:{now:%Y-%m-%d}", now))
        return LONGEST_WAIT


async def _is_awaited(uow: UnitOfWork, channel: Channel) -> bool:
    """Return True if a paying customer is waiting for the channel's link, so that its work comes first."""
    return any(access.status in WAITS_FOR_LINK for access in await uow.accesses.of_channel(channel.id))
