"""Backup admins of channels, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.backup_admin import BackupAdmin
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.ids import ChatId
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]


async def test_backup_admin_is_planned_stored_and_removed(units: Units) -> None:
    async with units() as uow:
        first, second = samples.account(), samples.account()
        for account in (first, second):
            assert await uow.accounts.add_if_new(account)
        sale = await selling(uow)
        channel = replace(
            sale.channel, status=ChannelStatus.READY, account_id=first.id, channel_id=ChatId(-100), access_hash=5
        )
        await uow.channels.save(channel)
        assert [each.id for each in await uow.backup_admins.list_lacking(first.id, 5)] == [channel.id]
        assert await uow.backup_admins.list_lacking(second.id, 5) == []

        chosen = BackupAdmin(channel_id=channel.id, account_id=second.id, link="https://t.me/+a", chosen_at=NOON)
        await uow.backup_admins.save(chosen)
        assert await uow.backup_admins.find(channel.id, lock=True) == chosen
        assert await uow.backup_admins.list_lacking(first.id, 5) == []
        assert list(await uow.backup_admins.list_unfinished(first.id)) == [chosen]
        for owner in (first, second):
            assert [each.id for each in await uow.channels.held_by(owner.id)] == [channel.id]
        assert list(await uow.backup_admins.list_unfinished(second.id)) == [chosen]

        chosen.mark_joined(7)
        chosen.promoted_at = NOON
        await uow.backup_admins.save(chosen)
        assert list(await uow.backup_admins.list_unfinished(first.id)) == []
        assert list(await uow.backup_admins.bereft(second.id, 5)) == []
        first.change_status(AccountStatus.DEAD, "UserDeactivatedBanError", NOON)
        await uow.accounts.save(first)
        assert list(await uow.backup_admins.bereft(second.id, 5)) == [chosen]

        chosen.take_over(channel)
        assert (channel.account_id, channel.access_hash) == (second.id, 7)
        assert (chosen.account_id, chosen.access_hash) == (first.id, 5)
        await uow.channels.save(channel)
        await uow.backup_admins.save(chosen)
        assert list(await uow.backup_admins.list_orphaned(second.id)) == [], "nobody has a right to it"
        access = Access.request(sale.customer.id, channel.id, NOON)
        await uow.accesses.save(access)
        assert [each.id for each in await uow.backup_admins.list_orphaned(second.id)] == [channel.id], (
            "its heir is dead"
        )
        first.signed_in_again("fresh", 7)
        await uow.accounts.save(first)
        assert list(await uow.backup_admins.list_orphaned(second.id)) == []
        first.retire()
        await uow.accounts.save(first)
        assert [each.id for each in await uow.backup_admins.list_orphaned(second.id)] == [channel.id], (
            "it takes over none"
        )
        await uow.backup_admins.remove(channel.id)
        assert [each.id for each in await uow.backup_admins.list_orphaned(second.id)] == [channel.id]
        assert await uow.backup_admins.find(channel.id) is None
