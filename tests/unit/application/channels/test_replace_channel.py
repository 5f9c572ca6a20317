"""Check that a channel deleted at Telegram is recreated automatically after the bot and the account confirmed the
deletion.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.channels.replace_channel import SURE_AFTER, ChannelLost, channel_facts
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.backup_admin import BackupAdmin
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.errors import AlreadyReported, Ambiguous
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.channel_provisioner import FloodWait
from tests.support.purchase import Purchase
from tests.support.refusals import refusal
from tests.support.userbot import add_account


@pytest.fixture
async def purchase() -> Purchase:
    """Return a purchase whose customer is a member of the channel."""
    bought = Purchase()
    await bought.begin()
    await bought.work()
    await bought.join()
    await bought.work()
    return bought


async def count(purchase: Purchase) -> None:
    """Advance the clock by an hour, and run the account's hourly member audit and the jobs that follow."""
    purchase.pass_time(hours=1)
    await purchase.userbot.audit_members(AccountId(1))
    await purchase.work()
    purchase.clock.advance(SURE_AFTER)
    await purchase.work()


def delete(purchase: Purchase) -> None:
    """Delete the channel at Telegram, as its owner would by hand, without an update to the bot."""
    purchase.telegram.channels.clear()


async def open_alarms(purchase: Purchase) -> list[str]:
    async with purchase.units() as uow:
        return [alarm.kind for alarm in await uow.alarms.open(9)]


async def test_deleted_channel_is_recreated_and_its_customer_invited(purchase: Purchase) -> None:
    old, right = await purchase.channel(), await purchase.access()
    delete(purchase)
    await count(purchase)
    another = await purchase.follow()
    async with purchase.units() as uow:
        lost = await uow.channels.get(old.id)
    assert lost is not None
    assert (lost.status, lost.delete_at) == (ChannelStatus.DELETED, None)
    assert (another.status, another.replaces) == (ChannelStatus.READY, old.id)
    assert ((await purchase.access()).status, (await purchase.access()).ends_at) == (
        AccessStatus.INVITED,
        right.ends_at,
    )
    assert len(purchase.telegram.live_links(purchase.made)) == 1
    assert purchase.notified()[-2:] == ["channel_replaced", "invite_ready"]
    assert (await purchase.account(1)).channels_used == 1


async def test_deleted_channel_raises_one_alarm_that_closes_with_the_replacement(purchase: Purchase) -> None:
    delete(purchase)
    purchase.trouble("CreateChannel", "before", Ambiguous("no answer"), times=1)
    purchase.pass_time(hours=1)
    await purchase.userbot.audit_members(AccountId(1))
    await purchase.work()
    purchase.clock.advance(SURE_AFTER)
    with pytest.raises(Ambiguous):
        await purchase.work()
    assert (purchase.alarms(), await open_alarms(purchase)) == (["channel_lost"], ["channel_lost"])
    purchase.pass_time(seconds=10)
    await purchase.follow()
    await purchase.tend()
    assert (purchase.alarms(), await open_alarms(purchase)) == (["channel_lost"], [])


async def test_channel_visible_to_the_bot_is_not_replaced_and_raises_an_alarm(purchase: Purchase) -> None:
    """Telegram's response to an account about a deleted channel is the same as about a channel that the account left,
    or cannot see because it is signed in as another user.
    """
    purchase.telegram.outside.add(AccountId(1))
    await count(purchase)
    assert (await purchase.channel()).status is ChannelStatus.READY
    assert (await purchase.access()).status is AccessStatus.ACTIVE
    assert purchase.alarms() == ["channel_out_of_reach"]


@pytest.mark.parametrize(
    "error", [Ambiguous("no answer"), FloodWait("GetChannels", timedelta(minutes=1))], ids=["lost", "flood"]
)
async def test_temporary_error_is_not_treated_as_a_deleted_channel(purchase: Purchase, error: Exception) -> None:
    delete(purchase)
    purchase.trouble("GetChannels", "before", error, times=9)
    purchase.pass_time(hours=1)
    await purchase.userbot.audit_members(AccountId(1))
    with pytest.raises(type(error)):
        await purchase.work()
    assert (await purchase.channel()).status is ChannelStatus.READY
    assert (await purchase.access()).status is AccessStatus.ACTIVE
    assert purchase.alarms() == []


async def test_channel_that_becomes_visible_again_within_minutes_is_not_replaced(purchase: Purchase) -> None:
    known = list(purchase.telegram.channels)
    delete(purchase)
    purchase.pass_time(hours=1)
    await purchase.userbot.audit_members(AccountId(1))
    await purchase.work()
    purchase.telegram.channels.extend(known)
    purchase.clock.advance(SURE_AFTER)
    await purchase.work()
    assert (await purchase.channel()).status is ChannelStatus.READY
    assert (await purchase.access()).status is AccessStatus.ACTIVE
    assert (purchase.alarms(), await open_alarms(purchase)) == ([], [])


async def test_channel_that_telegram_refuses_to_show_is_not_replaced(purchase: Purchase) -> None:
    purchase.trouble("GetExportedChatInvites", "before", refusal("GetChannels", "CHANNEL_INVALID"))
    await purchase.userbot.assign((await purchase.channel()).id)
    with pytest.raises(AlreadyReported):
        await purchase.work()
    assert (await purchase.access()).status is AccessStatus.ACTIVE
    assert purchase.alarms() == ["channel_out_of_reach"]


async def test_customer_without_access_gets_no_replacement(purchase: Purchase) -> None:
    await purchase.end()
    await purchase.work()
    notified = purchase.notified()
    delete(purchase)
    await count(purchase)
    assert (await purchase.channel()).status is ChannelStatus.DELETED
    assert (purchase.telegram.channels, purchase.notified(), purchase.alarms()) == ([], notified, [])


async def test_paused_customer_whose_channel_was_deleted_is_invited_to_another_channel_on_resume(
    purchase: Purchase,
) -> None:
    await purchase.end(suspend=True)
    await purchase.work()
    delete(purchase)
    await count(purchase)
    assert (await purchase.channel()).status is ChannelStatus.DELETED
    assert (await purchase.access()).status is AccessStatus.REVOKED
    assert purchase.telegram.channels == []
    await purchase.grant()
    await purchase.work()
    assert (await purchase.access()).status is AccessStatus.INVITED


async def test_repeated_replacement_job_creates_one_channel(purchase: Purchase) -> None:
    old = await purchase.channel()
    delete(purchase)
    await count(purchase)
    await purchase.replace(old.id)
    await purchase.work()
    assert len(purchase.telegram.channels) == 1
    assert purchase.notified().count("channel_replaced") == 1


async def test_channel_is_not_replaced_while_the_bot_cannot_check_the_channel(purchase: Purchase) -> None:
    purchase.maker.errors.append(Ambiguous("no answer"))
    delete(purchase)
    with pytest.raises(Ambiguous):
        await count(purchase)
    assert (await purchase.channel()).status is ChannelStatus.READY


async def test_repeated_audits_queue_the_repair_of_a_deleted_channel_under_one_key(purchase: Purchase) -> None:
    """Every check that finds the fault enqueues its `mend` job under the same key."""
    delete(purchase)
    for _ in range(3):
        purchase.pass_time(hours=1)
        await purchase.userbot.audit_members(AccountId(1))
    keys = [job.key for job in purchase.memory.jobs_named("userbot.acc.1") if job.payload["mend"]]
    assert set(keys) == {f"mend:{(await purchase.channel()).id}"}
    assert not purchase.memory.jobs_named(jobs.ReplaceChannel.name)


async def test_backup_admin_account_regains_capacity_when_its_channel_was_deleted(purchase: Purchase) -> None:
    second = await add_account(purchase.units, phone="+34600000099", channels_used=1)
    channel = await purchase.channel()
    async with purchase.units() as uow:
        await uow.backup_admins.save(
            BackupAdmin(channel_id=channel.id, account_id=second.id, chosen_at=purchase.clock.now())
        )
        await uow.commit()
    delete(purchase)
    await count(purchase)
    async with purchase.units() as uow:
        assert await uow.backup_admins.find(channel.id) is None
    assert (await purchase.account(int(second.id))).channels_used == 0


async def test_channel_alarm_names_the_channel_its_customer_and_its_account(purchase: Purchase) -> None:
    channel = await purchase.channel()
    async with purchase.units() as uow:
        facts = ChannelLost(**await channel_facts(uow, channel)).facts()
        account = await uow.accounts.get(AccountId(1))
    assert account is not None
    assert facts["channel"] == channel.title
    assert facts["customer"] == str(channel.customer_id)
    assert facts["account"] == f"{account.id} {account.label}".strip()
