"""Check that the customers of a permanently lost account without a backup admin get new channels automatically."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.accounts.watch_losses import PATIENCE, WatchLosses
from subscriptions.application.alarms.alarm_causes import has_access
from subscriptions.application.alarms.alarms import new_alarm
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.backup_admin import BackupAdmin
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.errors import AlreadyReported
from subscriptions.domain.ids import AccountId
from tests.support.purchase import Purchase


@pytest.fixture
async def purchase() -> Purchase:
    """Return a purchase whose channel belongs to the first of two accounts, and whose customer is a member."""
    bought = Purchase()
    await bought.begin(accounts=2)
    await bought.work()
    await bought.join()
    await bought.work()
    assert (await bought.channel()).account_id == 1
    return bought


async def lose(purchase: Purchase, reason: str = "UserDeactivatedBanError") -> None:
    account = await purchase.account(1)
    account.change_status(AccountStatus.DEAD, reason, purchase.clock.now())
    await purchase.save(account)


async def look(purchase: Purchase) -> bool:
    """Run the worker's check for lost accounts a minute later, and the jobs that the check enqueues. Return whether an
    account was lost.
    """
    purchase.clock.advance(timedelta(minutes=1))
    found = await WatchLosses(purchase.units, purchase.clock)()
    try:
        await purchase.work()
    except AlreadyReported:
        # The job that deletes the channels of the lost account stays queued, in case the account returns.
        await purchase.work()
    return found


async def open_alarms(purchase: Purchase) -> list[str]:
    async with purchase.units() as uow:
        return [alarm.kind for alarm in await uow.alarms.open(9)]


async def test_customer_of_a_lost_account_gets_a_channel_of_another_account(purchase: Purchase) -> None:
    old, right = await purchase.channel(), await purchase.access()
    await lose(purchase)
    assert await look(purchase)
    another = await purchase.follow()
    assert (another.status, another.account_id, another.replaces) == (ChannelStatus.READY, 2, old.id)
    access = await purchase.access()
    assert (access.status, access.ends_at) == (AccessStatus.INVITED, right.ends_at)
    assert "channel_replaced" in purchase.notified()
    assert await open_alarms(purchase) == ["customers_rehomed"]

    assert not await look(purchase)
    assert await open_alarms(purchase) == [], "it closes itself when nobody is left"
    async with purchase.units() as uow:
        left = await uow.channels.get(old.id)
    assert left is not None
    assert left.to_be_deleted, "the account deletes it, should it return"


async def test_paid_without_access_alarm_closes_once_a_replacement_channel_can_be_joined(purchase: Purchase) -> None:
    right = await purchase.access()
    key = f"paid_without_access:{right.id}"
    alarm = new_alarm(key, "paid_without_access", {"access": str(right.id)}, purchase.clock.now())
    right.status, right.joined_at = AccessStatus.PENDING, None
    async with purchase.units() as uow:
        await uow.accesses.save(right)
        await uow.commit()
        assert not await has_access(uow, alarm, purchase.clock.now())
    await lose(purchase)
    assert await look(purchase)
    async with purchase.units() as uow:
        replaced = await uow.accesses.get(right.id)
        assert replaced is not None
        assert replaced.status is AccessStatus.REVOKED
        assert await has_access(uow, alarm, purchase.clock.now())


async def test_channel_of_a_signed_out_account_is_replaced_after_a_day(purchase: Purchase) -> None:
    await lose(purchase, "SessionRevokedError")
    assert not await look(purchase)
    purchase.clock.advance(PATIENCE / 2)
    assert not await look(purchase)
    account = await purchase.account(1)
    account.signed_in_again("fresh", 7)
    await purchase.save(account)
    assert not await look(purchase)
    await lose(purchase, "SessionRevokedError")
    purchase.clock.advance(PATIENCE / 2)
    assert not await look(purchase), "it begins anew"
    purchase.clock.advance(PATIENCE)
    assert await look(purchase)
    assert (await purchase.follow()).account_id == 2


async def test_account_signed_in_again_before_the_job_runs_retains_its_channel(purchase: Purchase) -> None:
    await lose(purchase, "SessionRevokedError")
    assert not await look(purchase)
    purchase.clock.advance(PATIENCE)
    await WatchLosses(purchase.units, purchase.clock)()
    account = await purchase.account(1)
    account.signed_in_again("fresh", 7)
    await purchase.save(account)
    await purchase.work()
    assert ((await purchase.channel()).status, len(purchase.telegram.channels)) == (ChannelStatus.READY, 1)
    assert (await purchase.access()).status is AccessStatus.ACTIVE


async def test_customer_whose_channel_has_a_backup_admin_keeps_the_channel(purchase: Purchase) -> None:
    channel, now = await purchase.channel(), purchase.clock.now()
    async with purchase.units() as uow:
        heir = BackupAdmin(
            channel_id=channel.id, account_id=AccountId(2), chosen_at=now, access_hash=5, promoted_at=now
        )
        await uow.backup_admins.save(heir)
        await uow.commit()
    await lose(purchase)
    assert not await look(purchase)


async def test_lost_channel_is_not_replaced_while_no_account_can_create_a_channel(purchase: Purchase) -> None:
    await lose(purchase)
    second = await purchase.account(2)
    second.change_status(AccountStatus.FULL, "ChannelsTooMuchError", purchase.clock.now())
    await purchase.save(second)
    assert await look(purchase)
    assert (await purchase.channel()).status is ChannelStatus.READY, "no account can make one: nothing is given up"
