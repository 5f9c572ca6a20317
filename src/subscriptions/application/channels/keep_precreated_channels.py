"""Scheduled replenishment of the pre-created channels, one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from subscriptions.application.access.personal_channel import UNDER_WAY, reachable_precreated
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.events import ChannelAssigned
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import channel_texts

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class KeepPrecreatedChannels:
    """Use case that plans one pre-created channel if too few are left, an account may create one and no customer is
    waiting.

    Accounts reserve capacity for paying customers: the last channel that an account may create in a day or in total is
    never pre-created. A stuck channel counts as pre-created, which limits the number of unfinished channels.
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(self) -> bool:
        """Plan a channel, and return True if one was planned. Idempotent and safe to run concurrently."""
        if not self.policy.channel_stock:
            return False
        async with self.units() as uow:
            if not await self._is_short(uow, await uow.accounts.all()):
                return False
        async with self.units() as uow:
            # The accounts are locked, so that concurrent changes of the pre-created channels are included in the count.
            accounts = await uow.accounts.all(lock=True)
            if not await self._is_short(uow, accounts) or not await self._intend(uow, accounts):
                return False
            await uow.commit()
        return True

    async def _is_short(self, uow: UnitOfWork, accounts: Sequence[UserbotAccount]) -> bool:
        now = self.clock.now()
        if not any(account.may_precreate(now) for account in accounts):
            return False
        precreated = await reachable_precreated(uow, accounts)
        if len(precreated) >= self.policy.channel_stock or _under_way(precreated, now):
            return False
        return await uow.channels.count_awaited() == 0

    async def _intend(self, uow: UnitOfWork, accounts: Sequence[UserbotAccount]) -> bool:
        now = self.clock.now()
        ready = [account for account in accounts if account.may_precreate(now)]
        if not ready:
            return False
        userbot_account = min(ready, key=lambda account: (account.setbacks, account.channels_used, account.id))
        channel = Channel.plan_precreated(channel_texts.precreated_title(self.policy.brand), now)
        userbot_account.reserve_channel(now)
        channel.assign(userbot_account.id)
        await uow.accounts.save(userbot_account)
        await uow.channels.save(channel)
        uow.record(ChannelAssigned(channel.id, userbot_account.id, is_awaited=False))
        log.info("channel intended for stock", channel=str(channel.id), account=userbot_account.id)
        return True


def _under_way(precreated: Sequence[Channel], now: datetime) -> bool:
    return any(
        channel.status is not ChannelStatus.READY and now - channel.created_at < UNDER_WAY for channel in precreated
    )
