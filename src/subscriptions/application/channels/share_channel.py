"""Backup admins: a second account in each customer's channel, with all of the owner's rights, in case the owning
account is lost.

Each account executes its steps in its own run: the owner chooses a backup account and creates an invite link, the
backup account joins, and the owner promotes it. Each result is recorded, so that a crash between two steps does no
harm.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.access.personal_channel import note
from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.domain.entities.backup_admin import BackupAdmin
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import AccountId, ChannelId
from subscriptions.domain.ports.channel_provisioner import ChannelProvisioner, ChannelRef, PeerGone
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

PATIENCE: Final = timedelta(days=1)
"""Time within which the chosen backup account must join before another is chosen; also the lifetime of
its invite link.
"""
AGAIN_AFTER: Final = timedelta(hours=1)
"""Delay before another attempt with a channel after Telegram refused a request."""


class ShareChannel:
    """Use case that adds backup admins to channels, one channel per interval of the owning account's rate limit."""

    def __init__(self, units: UnitOfWorkFactory, account_care: AccountCare, clock: Clock, owners: int) -> None:
        """Create the use case. `owners`: number of accounts per channel, 1 or 2."""
        self._units = units
        self._account_care = account_care
        self._clock = clock
        self._owners = owners
        self._chosen_at: dict[AccountId, datetime] = {}
        self._refused_at: dict[ChannelId, datetime] = {}

    async def __call__(self, account_id: AccountId) -> int:
        """Execute this account's due steps as an owner or as a backup admin, and return the number of processed
        channels. The caller must hold the account's lease.
        """
        now = self._clock.now()
        async with self._units() as uow:
            account = await uow.accounts.get(account_id)
        if self._owners < 2 or account is None or account.is_hindered(now):
            return 0
        await self._choose(account, now)
        async with self._units() as uow:
            backup_admins = [
                backup_admin
                for backup_admin in await uow.backup_admins.list_unfinished(account_id)
                if self._is_due(backup_admin, now)
            ]
        due = [backup_admin for backup_admin in backup_admins if _is_turn_of(account_id, backup_admin)]
        if not due:
            return 0
        async with self._account_care.at_work(account) as telegram:
            for backup_admin in due:
                await self._try(account, backup_admin, telegram)
        return len(due)

    def _is_due(self, backup_admin: BackupAdmin, now: datetime) -> bool:
        refused_at = self._refused_at.get(backup_admin.channel_id)
        return refused_at is None or now - refused_at >= AGAIN_AFTER

    async def _choose(self, account: UserbotAccount, now: datetime) -> None:
        """Choose the least used account as backup admin of one channel, at most once per interval of the account's rate
        limit, and delete earlier choices that were unsuccessful.
        """
        last_choice = self._chosen_at.get(account.id)
        if last_choice is not None and now - last_choice < account.pace:
            return
        async with self._units() as uow:
            accounts = {each.id: each for each in await uow.accounts.all(lock=True)}
            for backup_admin in await uow.backup_admins.list_unfinished(account.id):
                if backup_admin.access_hash is None and now - backup_admin.chosen_at >= PATIENCE:
                    await _put_back(uow, backup_admin, accounts[backup_admin.account_id], now)
            able = [each for each in accounts.values() if each.id != account.id and each.may_share(now)]
            channels = await uow.backup_admins.list_lacking(account.id, 1) if able else ()
            for channel in channels:
                userbot_account = min(able, key=lambda each: (each.channels_used, each.id))
                userbot_account.channels_used += 1
                await uow.accounts.save(userbot_account)
                await uow.backup_admins.save(
                    BackupAdmin(channel_id=channel.id, account_id=userbot_account.id, chosen_at=now)
                )
                self._chosen_at[account.id] = now
            await uow.commit()

    async def _try(self, account: UserbotAccount, backup_admin: BackupAdmin, telegram: ChannelProvisioner) -> None:
        async with self._units() as uow:
            channel = await uow.channels.get(backup_admin.channel_id)
        if channel is None or channel.channel_id is None or channel.access_hash is None:
            return
        ref = ChannelRef(channel.channel_id, channel.access_hash)
        try:
            if backup_admin.account_id == account.id:
                await self._join(account, backup_admin, telegram)
            elif backup_admin.has_to_be_promoted:
                await self._promote(channel, backup_admin, ref, telegram)
            else:
                await self._invite(channel, backup_admin, ref, telegram)
        except (PeerGone, Permanent) as refusal:
            # A failure in one channel does not block the others.
            self._refused_at[channel.id] = self._clock.now()
            log.error("channel could not be shared", channel=str(channel.id), reason=str(refusal))

    async def _invite(
        self, channel: Channel, backup_admin: BackupAdmin, ref: ChannelRef, telegram: ChannelProvisioner
    ) -> None:
        now = self._clock.now()
        link = await telegram.export_link(ref, f"{channel.marker}:{now:%d%H}", now + PATIENCE, by_request=False)
        async with self._units() as uow:
            fresh = await uow.backup_admins.find(channel.id, lock=True)
            if fresh is None or not fresh.lacks_link or fresh.account_id != backup_admin.account_id:
                return
            fresh.link = link.url
            await uow.backup_admins.save(fresh)
            await uow.commit()

    async def _join(self, account: UserbotAccount, backup_admin: BackupAdmin, telegram: ChannelProvisioner) -> None:
        if account.telegram_id is None:
            # The id is stored before the account joins, so that a member audit recognizes the account.
            account.telegram_id = await telegram.myself()
            async with self._units() as uow:
                fresh_account = await uow.accounts.get(account.id, lock=True)
                if fresh_account is not None:
                    fresh_account.telegram_id = account.telegram_id
                    await uow.accounts.save(fresh_account)
                await uow.commit()
        ref = await telegram.join(backup_admin.link or "")
        async with self._units() as uow:
            fresh = await uow.backup_admins.find(backup_admin.channel_id, lock=True)
            if fresh is None or fresh.account_id != account.id or fresh.promoted_at is not None:
                return
            fresh.mark_joined(None if ref is None else ref.access_hash)
            await uow.backup_admins.save(fresh)
            await uow.commit()

    async def _promote(
        self, channel: Channel, backup_admin: BackupAdmin, ref: ChannelRef, telegram: ChannelProvisioner
    ) -> None:
        async with self._units() as uow:
            other = await uow.accounts.get(backup_admin.account_id)
        whose = other.telegram_id if other is not None else None
        person = next((each for each in await telegram.insiders(ref) if each.telegram_id == whose), None)
        if person is not None:
            await telegram.promote(ref, person)
        now = self._clock.now()
        async with self._units() as uow:
            fresh = await uow.backup_admins.find(channel.id, lock=True)
            if fresh is None or fresh.account_id != backup_admin.account_id or fresh.promoted_at is not None:
                return
            if person is None:
                fresh.mark_joined(None)
            else:
                fresh.promoted_at = now
                await note(uow, channel, "channel.shared", f"account {backup_admin.account_id} stands behind it", now)
            await uow.backup_admins.save(fresh)
            await uow.commit()


def _is_turn_of(account_id: AccountId, backup_admin: BackupAdmin) -> bool:
    return backup_admin.has_to_join if backup_admin.account_id == account_id else not backup_admin.has_to_join


async def _put_back(uow: UnitOfWork, backup_admin: BackupAdmin, userbot_account: UserbotAccount, now: datetime) -> None:
    userbot_account.channel_deleted()
    await uow.accounts.save(userbot_account)
    await uow.backup_admins.remove(backup_admin.channel_id)
    channel = await uow.channels.get(backup_admin.channel_id)
    if channel is not None:
        await note(uow, channel, "channel.unshared", f"account {backup_admin.account_id} did not join in time", now)
