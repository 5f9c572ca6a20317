"""A channel that somebody deleted at Telegram: believed when both say so, then made anew without anybody's doing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.channels.replace_channel import SURE_AFTER, ChannelLost, channel_facts
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.second_owner import SecondOwner
from subscriptions.domain.errors import AlreadyTold, Ambiguous
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.channel_provisioner import FloodWait
from tests.support.purchase import Purchase
from tests.support.refusals import refusal
from tests.support.userbot import add_account


@pytest.fixture
async def purchase() -> Purchase:
    """A customer inside their channel."""
    bought = Purchase()
    await bought.begin()
    await bought.work()
    await bought.join()
    await bought.work()
    return bought


async def count(purchase: Purchase) -> None:
    """The hourly look, and what comes of it."""
    purchase.pass_time(hours=1)
    await purchase.userbot.count_heads(AccountId(1))
    await purchase.work()
    purchase.clock.advance(SURE_AFTER)
    await purchase.work()


def delete(purchase: Purchase) -> None:
    """Somebody deletes it on the owner's phone; no update tells of it."""
    purchase.telegram.channels.clear()


async def open_alarms(purchase: Purchase) -> list[str]:
    async with purchase.units() as uow:
        return [alarm.kind for alarm in await uow.alarms.open(9)]


async def test_one_that_is_gone_is_made_anew_and_its_customer_invited(purchase: Purchase) -> None:
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
    assert purchase.told()[-2:] == ["channel_replaced", "invite_ready"]
    assert (await purchase.account(1)).channels_used == 1


async def test_the_owners_hear_of_it_once_and_the_alarm_closes_when_the_other_is_ready(purchase: Purchase) -> None:
    delete(purchase)
    purchase.trouble("CreateChannel", "before", Ambiguous("no answer"), times=1)
    purchase.pass_time(hours=1)
    await purchase.userbot.count_heads(AccountId(1))
    await purchase.work()
    purchase.clock.advance(SURE_AFTER)
    with pytest.raises(Ambiguous):
        await purchase.work()
    assert (purchase.alarms(), await open_alarms(purchase)) == (["channel_lost"], ["channel_lost"])
    purchase.pass_time(seconds=10)
    await purchase.follow()
    await purchase.tend()
    assert (purchase.alarms(), await open_alarms(purchase)) == (["channel_lost"], [])


async def test_seen_by_the_bot_it_stays_and_a_person_is_told(purchase: Purchase) -> None:
    """The account left it, or signed in as another: Telegram tells it the same."""
    purchase.telegram.outside.add(AccountId(1))
    await count(purchase)
    assert (await purchase.channel()).status is ChannelStatus.READY
    assert (await purchase.access()).status is AccessStatus.ACTIVE
    assert purchase.alarms() == ["channel_out_of_reach"]


@pytest.mark.parametrize(
    "error", [Ambiguous("no answer"), FloodWait("GetChannels", timedelta(minutes=1))], ids=["lost", "flood"]
)
async def test_a_fault_on_the_way_is_no_loss(purchase: Purchase, error: Exception) -> None:
    delete(purchase)
    purchase.trouble("GetChannels", "before", error, times=9)
    purchase.pass_time(hours=1)
    await purchase.userbot.count_heads(AccountId(1))
    with pytest.raises(type(error)):
        await purchase.work()
    assert (await purchase.channel()).status is ChannelStatus.READY
    assert (await purchase.access()).status is AccessStatus.ACTIVE
    assert purchase.alarms() == []


async def test_a_channel_that_telegram_knows_again_after_some_minutes_was_never_lost(purchase: Purchase) -> None:
    known = list(purchase.telegram.channels)
    delete(purchase)
    purchase.pass_time(hours=1)
    await purchase.userbot.count_heads(AccountId(1))
    await purchase.work()
    purchase.telegram.channels.extend(known)
    purchase.clock.advance(SURE_AFTER)
    await purchase.work()
    assert (await purchase.channel()).status is ChannelStatus.READY
    assert (await purchase.access()).status is AccessStatus.ACTIVE
    assert (purchase.alarms(), await open_alarms(purchase)) == ([], [])


async def test_refused_but_there_is_no_loss(purchase: Purchase) -> None:
    purchase.trouble("GetExportedChatInvites", "before", refusal("GetChannels", "CHANNEL_INVALID"))
    await purchase.userbot.assign((await purchase.channel()).id)
    with pytest.raises(AlreadyTold):
        await purchase.work()
    assert (await purchase.access()).status is AccessStatus.ACTIVE
    assert purchase.alarms() == ["channel_out_of_reach"]


async def test_nobody_gets_another_whose_right_is_over(purchase: Purchase) -> None:
    await purchase.end()
    await purchase.work()
    told = purchase.told()
    delete(purchase)
    await count(purchase)
    assert (await purchase.channel()).status is ChannelStatus.DELETED
    assert (purchase.telegram.channels, purchase.told(), purchase.alarms()) == ([], told, [])


async def test_who_rests_gets_another_when_they_are_back(purchase: Purchase) -> None:
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


async def test_looked_at_twice_it_is_replaced_once(purchase: Purchase) -> None:
    old = await purchase.channel()
    delete(purchase)
    await count(purchase)
    await purchase.replace(old.id)
    await purchase.work()
    assert len(purchase.telegram.channels) == 1
    assert purchase.told().count("channel_replaced") == 1


async def test_while_the_bot_cannot_ask_nothing_is_believed(purchase: Purchase) -> None:
    purchase.maker.errors.append(Ambiguous("no answer"))
    delete(purchase)
    with pytest.raises(Ambiguous):
        await count(purchase)
    assert (await purchase.channel()).status is ChannelStatus.READY


async def test_whatever_was_done_about_it_a_link_is_asked_once(purchase: Purchase) -> None:
    """`mend` is one job at a time, however many see that something is wrong."""
    delete(purchase)
    for _ in range(3):
        purchase.pass_time(hours=1)
        await purchase.userbot.count_heads(AccountId(1))
    keys = [job.key for job in purchase.memory.jobs_named("userbot.acc.1") if job.payload["mend"]]
    assert set(keys) == {f"mend:{(await purchase.channel()).id}"}
    assert not purchase.memory.jobs_named(jobs.ReplaceChannel.name)


async def test_whoever_stood_behind_its_owner_has_room_again(purchase: Purchase) -> None:
    second = await add_account(purchase.units, phone="+34600000099", channels_used=1)
    channel = await purchase.channel()
    async with purchase.units() as uow:
        await uow.second_owners.save(
            SecondOwner(channel_id=channel.id, account_id=second.id, chosen_at=purchase.clock.now())
        )
        await uow.commit()
    delete(purchase)
    await count(purchase)
    async with purchase.units() as uow:
        assert await uow.second_owners.find(channel.id) is None
    assert (await purchase.account(int(second.id))).channels_used == 0


async def test_an_alarm_about_a_channel_names_it_its_customer_and_its_account(purchase: Purchase) -> None:
    channel = await purchase.channel()
    async with purchase.units() as uow:
        facts = ChannelLost(**await channel_facts(uow, channel)).facts()
        account = await uow.accounts.get(AccountId(1))
    assert account is not None
    assert facts["channel"] == channel.title
    assert facts["customer"] == str(channel.customer_id)
    assert facts["account"] == f"{account.id} {account.label}".strip()
