"""Check that the bot or the userbot account removes a customer when access ends, and that the channel is kept for a
while and then deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from subscriptions.application.dto.jobs import RaiseAlarm, RemoveStranger
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.errors import Ambiguous, Permanent, RetryLater
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.channel_provisioner import AccountUnavailable
from tests.fakes.chat_membership import no_refusal
from tests.support.purchase import Purchase

NO_RIGHTS = Permanent("not enough rights to restrict/unrestrict chat member")
OVER = timedelta(days=30)


@pytest.fixture
async def purchase() -> Purchase:
    """Return a purchase whose customer is a member of the channel."""
    bought = Purchase()
    await bought.begin()
    await bought.tend()
    await bought.join()
    await bought.work()
    return bought


def refusing(method: str, error: Exception, times: int = 1) -> Callable[[str, TelegramId], None]:
    left = [error] * times

    def refuse(asked: str, person: TelegramId) -> None:
        if asked == method and left:
            raise left.pop()

    return refuse


def actions(purchase: Purchase) -> list[str]:
    return [line.action for line in purchase.memory.rows("audit_log")]


async def test_removed_customer_can_return_and_the_channel_is_frozen(purchase: Purchase) -> None:
    purchase.knock(purchase.buyer.telegram_id)
    await purchase.end()
    await purchase.work()
    channel, access = await purchase.channel(), await purchase.access()
    assert (access.status, channel.status) == (AccessStatus.REVOKED, ChannelStatus.FROZEN)
    assert channel.delete_at == purchase.clock.now() + OVER
    assert (purchase.made.members, purchase.made.banned, purchase.made.waiting) == (set(), set(), set())
    assert [link for link in purchase.made.links if not link.is_revoked] == []
    assert actions(purchase) == ["access.revoked", "channel.frozen"]
    assert {line.actor for line in purchase.memory.rows("audit_log")} == {"system"}


async def test_pause_removes_the_customer_and_keeps_the_channel_open(purchase: Purchase) -> None:
    await purchase.end(suspend=True)
    await purchase.work()
    assert (await purchase.access()).status is AccessStatus.SUSPENDED
    assert (await purchase.channel()).status is ChannelStatus.READY
    assert (purchase.made.members, purchase.made.banned) == (set(), set())
    await purchase.grant()
    await purchase.work()
    assert (await purchase.access()).status is AccessStatus.INVITED
    assert len(purchase.telegram.live_links(purchase.made)) == 1


async def test_repeated_removal_of_a_customer_has_no_effect(purchase: Purchase) -> None:
    await purchase.end()
    await purchase.work()
    access, calls = await purchase.access(), len(purchase.chat_membership.calls)
    await purchase.remove(access.id)
    assert len(purchase.chat_membership.calls) == calls
    assert purchase.alarms() == []


async def test_customer_who_renews_before_the_removal_is_not_removed(purchase: Purchase) -> None:
    await purchase.end()
    await purchase.grant()
    await purchase.work()
    assert purchase.made.members == {purchase.buyer.telegram_id}
    assert (await purchase.access()).status is AccessStatus.ACTIVE
    assert "ban" not in [method for method, _ in purchase.chat_membership.calls]


async def test_customer_who_renews_during_the_removal_gets_a_link(purchase: Purchase) -> None:
    await purchase.end()
    purchase.chat_membership.refusal = refusing("unban", Ambiguous("no answer"))
    with pytest.raises(Ambiguous):
        await purchase.work()
    assert purchase.made.banned == {purchase.buyer.telegram_id}
    await purchase.grant()
    await purchase.remove((await purchase.access()).id)
    await purchase.work()
    assert purchase.made.banned == set()
    assert (await purchase.access()).status is AccessStatus.INVITED


@pytest.mark.parametrize("method", ["decline", "ban", "unban"])
@pytest.mark.parametrize("error", [RetryLater("flood"), Ambiguous("no answer")], ids=["flood", "lost"])
async def test_access_has_status_revoking_until_a_failed_removal_is_completed(
    purchase: Purchase, method: str, error: Exception
) -> None:
    await purchase.end()
    purchase.chat_membership.refusal = refusing(method, error)
    with pytest.raises((RetryLater, Ambiguous)):
        await purchase.work()
    access = await purchase.access()
    assert access.status is AccessStatus.REVOKING
    await purchase.remove(access.id)
    assert (await purchase.access()).status is AccessStatus.REVOKED
    assert (purchase.made.members, purchase.made.banned) == (set(), set())


@pytest.mark.parametrize("method", ["decline", "ban", "unban"])
async def test_account_completes_the_removal_when_the_bot_cannot(purchase: Purchase, method: str) -> None:
    await purchase.end()
    purchase.chat_membership.refusal = refusing(method, NO_RIGHTS)
    await purchase.work()
    assert (await purchase.access()).status is AccessStatus.REVOKED
    assert (purchase.made.members, purchase.made.banned) == (set(), set())
    assert purchase.alarms() == []


async def test_removal_that_bot_and_account_cannot_complete_raises_an_alarm_and_is_retried(purchase: Purchase) -> None:
    await purchase.end()
    purchase.chat_membership.refusal = refusing("ban", NO_RIGHTS)
    purchase.trouble("GetParticipants", "before", AccountUnavailable("restricted", "PeerFloodError"))
    await purchase.work()
    assert (await purchase.access()).status is AccessStatus.REVOKING
    notified = {job.payload["kind"]: job.payload["facts"] for job in purchase.memory.jobs_named(RaiseAlarm.name)}
    assert "PeerFloodError" in notified["removal_stuck"]["reason"]
    purchase.chat_membership.refusal = no_refusal
    purchase.pass_time(minutes=30)
    await purchase.work()
    assert (await purchase.access()).status is AccessStatus.REVOKED
    assert purchase.made.members == set()


async def test_refused_removal_from_a_deleted_channel_raises_no_alarm_and_is_not_retried(purchase: Purchase) -> None:
    """After an account transfer, the former account is removed from every channel that the customer ever had."""
    await purchase.end()
    await purchase.work()
    purchase.pass_time(days=30)
    await purchase.work()
    deleted = purchase.memory.rows("telegram_channels")[0]
    assert deleted.status is ChannelStatus.DELETED

    def refuse(method: str, person: TelegramId) -> None:
        raise Permanent("Bad Request: chat not found")

    purchase.chat_membership.refusal = refuse
    async with purchase.units() as uow:
        job = RemoveStranger(channel_id=deleted.id, telegram_id=TelegramId(777))
        await uow.enqueue(job.keyed_job(f"{deleted.id}:777"))
        await uow.commit()
    await purchase.work()
    purchase.pass_time(minutes=30)
    await purchase.work()
    assert purchase.alarms() == []
    assert len(purchase.memory.jobs_named(RemoveStranger.name)) == 1


async def test_staff_member_is_not_removed_at_the_end_of_access(purchase: Purchase) -> None:
    async with purchase.units() as uow:
        purchase.buyer.staff_role = StaffRole.SUPPORT
        await uow.customers.save(purchase.buyer)
        await uow.commit()
    await purchase.end()
    await purchase.work()
    assert purchase.made.members == {purchase.buyer.telegram_id}
    assert "ban" not in [method for method, _ in purchase.chat_membership.calls]
    assert (await purchase.access()).status is AccessStatus.REVOKED


async def test_admin_promoted_by_the_owner_is_not_removed(purchase: Purchase) -> None:
    purchase.made.promoted.add(purchase.buyer.telegram_id)
    await purchase.end()
    await purchase.work()
    assert purchase.made.members == {purchase.buyer.telegram_id}
    assert purchase.alarms() == ["admin_stays"]


async def test_admin_promoted_by_the_owner_is_not_removed_by_the_account(purchase: Purchase) -> None:
    purchase.made.promoted.add(purchase.buyer.telegram_id)
    await purchase.end()
    purchase.chat_membership.refusal = refusing("ban", Permanent("not enough rights"))
    await purchase.work()
    assert purchase.made.members == {purchase.buyer.telegram_id}
    assert purchase.alarms() == ["admin_stays"]


async def test_customer_who_returns_in_time_gets_the_same_channel(purchase: Purchase) -> None:
    before = purchase.made.chat_id
    await purchase.end()
    await purchase.work()
    purchase.pass_time(days=29)
    await purchase.grant()
    await purchase.work()
    channel = await purchase.channel()
    assert (channel.channel_id, channel.status, channel.delete_at) == (before, ChannelStatus.READY, None)
    assert len(purchase.telegram.live_links(purchase.made)) == 1
    purchase.pass_time(days=5)
    await purchase.work()
    assert (await purchase.channel()).status is ChannelStatus.READY


async def test_frozen_channel_is_deleted_after_the_retention_period_and_its_slot_is_released(
    purchase: Purchase,
) -> None:
    await purchase.end()
    await purchase.work()
    old = await purchase.channel()
    assert (await purchase.account(1)).channels_used == 1
    purchase.pass_time(days=30)
    await purchase.work()
    channel = await purchase.channel()
    assert (channel.status, channel.delete_at, channel.subscription_id) == (ChannelStatus.DELETED, None, None)
    assert purchase.telegram.channels == []
    assert (await purchase.account(1)).channels_used == 0
    fresh = await purchase.grant()
    await purchase.work()
    assert fresh.id != old.id
    assert (await purchase.channel()).status is ChannelStatus.READY
    assert (await purchase.account(1)).channels_used == 1


async def test_frozen_channel_is_not_deleted_while_the_clock_is_in_doubt(purchase: Purchase) -> None:
    await purchase.end()
    await purchase.work()
    purchase.pass_time(days=30)
    purchase.userbot.sure = False
    with pytest.raises(RetryLater):
        await purchase.tend()
    assert ((await purchase.channel()).status, len(purchase.telegram.channels)) == (ChannelStatus.FROZEN, 1)
    purchase.userbot.sure = True
    await purchase.tend()
    assert purchase.telegram.channels == []


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_lost_answer_to_a_channel_deletion_is_retried(purchase: Purchase, moment: str) -> None:
    await purchase.end()
    await purchase.work()
    purchase.pass_time(days=30)
    purchase.trouble("DeleteChannel", moment, Ambiguous("DeleteChannel: lost"))
    with pytest.raises(Ambiguous):
        await purchase.work()
    assert (await purchase.channel()).to_be_deleted
    await purchase.tend()
    assert (purchase.telegram.channels, (await purchase.channel()).to_be_deleted) == ([], False)
    await purchase.tend()
    assert (await purchase.account(1)).channels_used == 0


async def test_customer_who_returns_during_the_deletion_gets_another_channel(purchase: Purchase) -> None:
    await purchase.end()
    await purchase.work()
    purchase.pass_time(days=30)
    purchase.trouble("DeleteChannel", "before", Ambiguous("DeleteChannel: lost"))
    with pytest.raises(Ambiguous):
        await purchase.work()
    old = await purchase.channel()
    fresh = await purchase.grant()
    assert fresh.id != old.id
    await purchase.work()
    assert (await purchase.channel()).status is ChannelStatus.READY


async def test_access_that_ends_before_provisioning_creates_no_channel() -> None:
    purchase = Purchase()
    await purchase.begin()
    await purchase.end()
    await purchase.work()
    assert (await purchase.access()).status is AccessStatus.REVOKED
    assert (await purchase.channel()).status is ChannelStatus.DELETED
    assert purchase.telegram.channels == []
    assert (await purchase.account(1)).channels_used == 0


async def test_access_that_ends_while_its_channel_is_set_up_leaves_the_channel_frozen() -> None:
    purchase = Purchase()
    await purchase.begin()
    purchase.trouble("EditAdmin", "before", Ambiguous("EditAdmin: lost"))
    with pytest.raises(Ambiguous):
        await purchase.tend()
    await purchase.end()
    await purchase.work()
    assert (await purchase.access()).status is AccessStatus.REVOKED
    await purchase.tend()
    await purchase.work()
    assert (await purchase.channel()).status is ChannelStatus.FROZEN
