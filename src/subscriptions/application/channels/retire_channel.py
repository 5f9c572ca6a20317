"""Retirement of a channel that no customer is entitled to: the channel is kept for some time, then given up and
deleted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from subscriptions.application.access.personal_channel import freeze_if_empty, is_left_by_all, is_unwanted, note
from subscriptions.application.alarms.watch_clock import LOOK_EVERY
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import ChannelId
from subscriptions.domain.ports.channel_provisioner import ChannelProvisioner, ChannelRef
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RetireChannel:
    """Use case that freezes, gives up and deletes channels that no customer is entitled to.

    `sure`: function that returns True if the current time is certain. A deletion because of a wrong clock cannot be
        undone.
    """

    units: UnitOfWorkFactory
    clock: Clock
    retention: timedelta
    sure: Callable[[], bool]

    async def keep(self, channel_id: ChannelId) -> Channel:
        """Update the status of the channel to frozen, given up or ready, whichever is due, and return the channel.

        Raises RetryLater if the channel seems due for deletion but the current time is uncertain.
        """
        now = await self.clock.confirm()
        async with self.units() as uow:
            channel = await uow.channels.get(channel_id, lock=True)
            if channel is None:
                raise LookupError(f"channel {channel_id} does not exist")
            if channel.status is ChannelStatus.READY and await freeze_if_empty(uow, channel, self.retention, now):
                await uow.commit()
            elif not await is_unwanted(uow, channel) and channel.thaw():
                await uow.channels.save(channel)
                await uow.commit()
            elif await self._is_over(uow, channel, now):
                channel.mark_deleted()
                await uow.channels.save(channel)
                await note(uow, channel, "channel.given_up", "its time for coming back is over", now)
                await uow.commit()
        return channel

    async def delete(self, channel: Channel, ref: ChannelRef, telegram: ChannelProvisioner) -> None:
        """Delete a given-up channel at Telegram, and reduce the account's count of channels. Idempotent."""
        await telegram.delete_channel(ref)
        async with self.units() as uow:
            fresh = await uow.channels.get(channel.id, lock=True)
            if fresh is None or not fresh.to_be_deleted:
                return
            fresh.mark_gone()
            await uow.channels.save(fresh)
            await release_backup_admin(uow, fresh.id)
            account = await uow.accounts.get(fresh.account_id, lock=True) if fresh.account_id is not None else None
            if account is not None:
                account.channel_deleted()
                await uow.accounts.save(account)
            await note(uow, fresh, "channel.deleted", "its time for coming back is over", self.clock.now())
            await uow.commit()

    async def _is_over(self, uow: UnitOfWork, channel: Channel, now: datetime) -> bool:
        is_over = channel.status is ChannelStatus.FROZEN and channel.delete_at is not None and channel.delete_at <= now
        if not is_over or not await is_left_by_all(uow, channel):
            return False
        if not self.sure():
            raise RetryLater(f"channel {channel.id} is kept: nobody is sure what time it is", delay=LOOK_EVERY)
        return True


async def release_backup_admin(uow: UnitOfWork, channel_id: ChannelId) -> None:
    """Release the capacity that the channel uses at the account of its backup admin."""
    backup_admin = await uow.backup_admins.find(channel_id, lock=True)
    account = await uow.accounts.get(backup_admin.account_id, lock=True) if backup_admin is not None else None
    if account is not None:
        account.channel_deleted()
        await uow.accounts.save(account)
        await uow.backup_admins.remove(channel_id)
