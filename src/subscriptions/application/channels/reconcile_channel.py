"""Provisioning of a channel by its owning account, including the handling of failures of the account and of
Telegram.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.access.personal_channel import is_unwanted, replace_lost
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.channels.expected_wait import LONG_WAIT, announce_delay
from subscriptions.application.channels.make_channel import MakeChannel
from subscriptions.application.channels.mend_channel import MendChannel
from subscriptions.application.channels.replace_channel import ChannelOutOfReach, channel_facts
from subscriptions.application.join_requests.owner_answers import audit_members
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.userbot_account import AccountStatus, UserbotAccount
from subscriptions.domain.errors import AlreadyReported, Permanent, RetryLater
from subscriptions.domain.events import ChannelMissed
from subscriptions.domain.ids import AccountId, ChannelId
from subscriptions.domain.ports.channel_provisioner import (
    AccountUnavailable,
    ChannelProvisioner,
    ChannelRef,
    FloodWait,
    PeerGone,
)
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.provisioning_service import ProvisioningService

log = structlog.get_logger(__name__)

LIMITED_RETRY: Final = timedelta(minutes=30)
"""Delay before another attempt with an account that Telegram limits."""

HEIR_WITHIN: Final = timedelta(seconds=15)
"""Time within which a healthy backup admin account takes over a dead account's channel."""

UNDER_WAY: Final = frozenset({ChannelStatus.CREATING, ChannelStatus.CREATED, ChannelStatus.READY, ChannelStatus.FROZEN})


@dataclass(frozen=True)
class ReconcileChannel:
    """Use case that provisions one channel with its owning account: creation, setup, links, repair and deletion."""

    units: UnitOfWorkFactory
    clock: Clock
    account_care: AccountCare
    provisioning_service: ProvisioningService
    make_channel: MakeChannel
    mend_channel: MendChannel
    join_desk: JoinDesk

    async def __call__(
        self, account_id: AccountId, channel_id: ChannelId, *, upkeep: bool = False, mend: bool = False
    ) -> None:
        """Provision the channel. The caller must hold the account's lease. Raises RetryLater, Ambiguous and Permanent.

        upkeep: True to only revoke links, without creating one
        mend: True to check and repair the setup

        If the account has certainly not created the channel and cannot create it now, the channel is unassigned, so
        that another account can be chosen.
        """
        async with self.units() as uow:
            account = await uow.accounts.get(account_id)
            channel = await uow.channels.get(channel_id)
        if account is None or channel is None:
            raise Permanent(f"channel {channel_id} or account {account_id} does not exist")
        if not kind_of_channel(channel).needs_account:
            return
        if channel.account_id != account_id or not (channel.status in UNDER_WAY or channel.to_be_deleted):
            log.info("channel is not this account's work", channel=str(channel_id), account=account_id)
            return
        needless = account.is_hindered(self.clock.now()) or await self._is_needless(channel)
        if needless and await self.make_channel.give_back(channel_id):
            return
        if account.is_dead:
            await self._wait_for_heir(channel)
            if await self._replace_lost(channel, "its account was lost before its customer came"):
                return
            if mend:
                await self.mend_channel.report_broken(channel, "its account is lost")
            raise AlreadyReported(f"account {account_id} is {account.status}: {account.status_reason}")
        await self._as_owner(account, channel, upkeep=upkeep, mend=mend)

    async def _as_owner(self, account: UserbotAccount, channel: Channel, *, upkeep: bool, mend: bool) -> None:
        try:
            async with self.account_care.at_work(account) as telegram:
                try:
                    await self._provision(account, channel, telegram, upkeep=upkeep, mend=mend)
                except PeerGone as error:
                    await self._note_missing(channel, str(error), telegram)
        except FloodWait as wait:
            if await self.make_channel.give_back(channel.id):
                return
            if wait.wait > LONG_WAIT:
                await self._announce_delay(channel)
            raise
        except AccountUnavailable as lost_error:
            if await self.make_channel.give_back(channel.id):
                return
            if lost_error.status == AccountStatus.DEAD:
                await self._wait_for_heir(channel)
                if await self._replace_lost(channel, "its account was lost before its customer came"):
                    return
            await self._announce_delay(channel)
            if lost_error.status == AccountStatus.DEAD:
                raise AlreadyReported(str(lost_error)) from lost_error
            raise RetryLater(str(lost_error), delay=LIMITED_RETRY) from lost_error

    async def _provision(
        self, account: UserbotAccount, channel: Channel, telegram: ChannelProvisioner, *, upkeep: bool, mend: bool
    ) -> None:
        channel = await self.provisioning_service(account, channel, telegram, upkeep=upkeep, mend=mend)
        is_frozen = channel.status is ChannelStatus.FROZEN and not channel.is_precreated
        if is_frozen and channel.channel_id is not None and channel.access_hash is not None:
            ref = ChannelRef(channel.channel_id, channel.access_hash)
            await audit_members(self.join_desk, ref, telegram, self.clock.now())

    async def _is_needless(self, channel: Channel) -> bool:
        """Return True if the channel has not been created and is no longer needed, because the access ended."""
        if channel.status is not ChannelStatus.CREATING:
            return False
        async with self.units() as uow:
            return await is_unwanted(uow, channel)

    async def _wait_for_heir(self, channel: Channel) -> None:
        """Raise RetryLater if another account is about to take over the channel of a dead account."""
        async with self.units() as uow:
            backup_admin = await uow.backup_admins.find(channel.id)
            heir = await uow.accounts.get(backup_admin.account_id) if backup_admin is not None else None
        if backup_admin is not None and backup_admin.promoted_at is not None and heir is not None and heir.in_service:
            raise RetryLater(f"account {heir.id} takes the channel over", delay=HEIR_WITHIN)

    async def _replace_lost(self, channel: Channel, reason: str) -> bool:
        async with self.units() as uow:
            is_replaced = await replace_lost(uow, channel.id, reason, self.clock.now())
            await uow.commit()
        if is_replaced:
            log.warning(
                "a channel from stock was lost", reason=reason, channel=str(channel.id), chat=channel.channel_id
            )
        return is_replaced

    async def _announce_delay(self, channel: Channel) -> None:
        async with self.units() as uow:
            await announce_delay(uow, channel)
            await uow.commit()

    async def _note_missing(self, channel: Channel, reason: str, telegram: ChannelProvisioner) -> None:
        """Record that Telegram did not find the channel or an object in it. A further request determines which of the
        two is missing.
        """
        async with self.units() as uow:
            fresh = await uow.channels.get(channel.id) or channel
        if fresh.channel_id is None or fresh.access_hash is None:
            raise Permanent(reason)
        exists = await telegram.exists(ChannelRef(fresh.channel_id, fresh.access_hash))
        if not exists and await self._replace_lost(channel, "it was gone at Telegram before its customer came"):
            return
        log.error("channel out of reach", channel=str(channel.id), reason=reason, there=exists)
        async with self.units() as uow:
            if exists:
                alarm = ChannelOutOfReach(**await channel_facts(uow, channel), reason=reason)
                await keep_alarm(uow, ChannelOutOfReach, str(channel.id), alarm, self.clock.now())
            else:
                uow.record(ChannelMissed(channel.id))
            await uow.commit()
        if exists:
            raise AlreadyReported(reason)
