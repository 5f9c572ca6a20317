"""Locks taken by use cases, on PostgreSQL: concurrent writes are read and not overwritten."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text

from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.channels.equip_channel import EquipChannel
from subscriptions.application.subscriptions.subscription_handler import NoteCancelReason
from subscriptions.application.vip.assign_vip_account import AssignVipAccount
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.payment import FlagReason, PaymentStatus
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import ChatId, TelegramId, new_uuid
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from tests.fakes.newsroom import Newsroom
from tests.fakes.provider import PERIOD
from tests.fakes.provisioner import MemoryTelegram
from tests.fakes.shop import Shop
from tests.support.purchase import BOTS
from tests.support.userbot import POLICY, add_account, introduce
from tests.support.vip import VipShop

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


async def until_it_waits(shop: Shop, task: asyncio.Task[object]) -> None:
    """Wait until the task waits for a row that another transaction locks. Raises AssertionError if the task ends
    instead.
    """
    assert shop.engine is not None
    while not task.done():
        async with shop.engine.connect() as connection:
            if (await connection.execute(WAITING)).scalar_one():
                return
        await asyncio.sleep(0.01)
    raise AssertionError(f"nothing was waited for: {task}")


async def test_join_recorded_while_access_ends_is_not_overwritten(shop: Shop, replica: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    await shop.cancel(ana.telegram_id)
    shop.clock.advance(PERIOD)
    held = await shop.holding(ana, plan)
    async with replica.units() as elsewhere:
        access = await elsewhere.accesses.find(ana.id, held.channels[0].id, lock=True)
        assert access is not None
        access.join(shop.clock.now())
        await elsewhere.accesses.save(access)
        ending = asyncio.create_task(shop.check(held.subscription.id))
        await until_it_waits(shop, ending)
        await elsewhere.commit()
    await ending
    [access] = (await shop.holding(ana, plan)).accesses
    assert (access.status, access.joined_at) == (AccessStatus.REVOKING, shop.clock.now())


async def test_customer_seen_in_the_channel_during_an_account_transfer_is_removed_as_a_stranger(
    shop: Shop, replica: Shop
) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    account = await add_account(shop.units)
    async with shop.units() as uow:
        channel = await uow.channels.get(held.channels[0].id, lock=True)
        assert channel is not None
        channel.assign(account.id)
        channel.mark_created(ChatId(-1002200000001), 1)
        await uow.channels.save(channel)
        await uow.commit()
    async with replica.units() as elsewhere:
        known = await elsewhere.customers.get(ana.id, lock=True)
        access = await elsewhere.accesses.find(ana.id, channel.id, lock=True)
        assert known is not None
        assert access is not None
        await elsewhere.customers.save(replace(known, telegram_id=TelegramId(4243)))
        seen = JoinDesk(shop.units, shop.clock).record_entry(ChatId(-1002200000001), ana.telegram_id)
        entering = asyncio.create_task(seen)
        await until_it_waits(shop, entering)
        await elsewhere.commit()
    await entering
    [access] = (await shop.holding(ana, plan)).accesses
    assert (access.status, access.joined_at) == (AccessStatus.PENDING, None)
    assert [job["telegram_id"] for job in await shop.jobs("bot.remove_stranger")] == [ana.telegram_id]


async def test_customer_erased_during_payment_starts_no_subscription(shop: Shop, replica: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    async with replica.units() as elsewhere:
        known = await elsewhere.customers.get(ana.id, lock=True)
        assert known is not None
        await elsewhere.customers.save(replace(known, telegram_id=known.stand_in))
        applying = asyncio.create_task(shop.deliver(*shop.provider.pay(session)))
        await until_it_waits(shop, applying)
        await elsewhere.commit()
    await applying
    held = await shop.holding(ana, plan)
    assert (held.subscriptions, held.accesses) == ([], [])
    assert [payment.flag for payment in held.payments] == [FlagReason.ORDER_CLOSED]


async def test_pre_created_channel_sold_during_its_setup_still_belongs_to_the_buyer(shop: Shop, replica: Shop) -> None:
    account, telegram = await add_account(shop.units), MemoryTelegram(shop.clock, BOTS)
    await introduce(shop.units, BOTS)
    buyer, plan = await shop.customer(), await shop.plan()
    planned = Channel.plan_precreated("Umbral", shop.clock.now())
    planned.assign(account.id)
    async with telegram.open(account) as connected:
        ref = await connected.create_channel(planned.title, planned.marker)
        planned.mark_created(ref.chat_id, ref.access_hash)
        async with shop.units() as uow:
            await uow.channels.save(planned)
            await uow.commit()
        async with replica.units() as elsewhere:
            sold = await elsewhere.channels.take_precreated([account.id], shop.clock.now())
            assert sold is not None
            sold.customer_id, sold.plan_id = buyer.id, plan.id
            await elsewhere.channels.save(sold)
            equip = EquipChannel(shop.units, shop.clock, POLICY)
            equipping = asyncio.create_task(equip(account, planned, ref, connected))
            await until_it_waits(shop, equipping)
            await elsewhere.commit()
        with pytest.raises(RetryLater, match="changed meanwhile"):
            await equipping
    [channel] = (await shop.holding(buyer, plan)).channels
    assert channel.id == planned.id


async def test_invite_link_gets_the_id_that_another_process_reserved_meanwhile(shop: Shop, replica: Shop) -> None:
    vip = await VipShop.open(shop)
    person, intended = await vip.vip(), new_uuid()
    for stage in (1, 2):
        assert await vip.entry.advance_stage(person.telegram_id, stage)
    async with replica.units() as elsewhere:
        channel = await elsewhere.of(VIP_KEY).channel()
        assert channel is not None
        access = await elsewhere.accesses.find(person.id, channel.id, lock=True)
        assert access is not None
        access.next_invite_id = intended
        await elsewhere.accesses.save(access)
        asking = asyncio.create_task(vip.entry.create_24h_invite_link(person.telegram_id))
        await until_it_waits(shop, asking)
        await elsewhere.commit()
    link = await asking
    [invite] = await vip.live_links(person)
    assert link is not None
    assert (invite.id, invite.url) == (intended, link.invite_link)


async def test_payment_during_the_end_of_a_subscription_starts_another_subscription(shop: Shop, replica: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, first = await shop.checkout(ana, plan)
    shop.clock.advance(PERIOD)
    _, second = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay(first)[1])
    _, paid = shop.provider.pay(second)
    entry = await shop.store(paid)
    async with replica.units() as elsewhere:
        live = await elsewhere.subscriptions.live_for(ana.id, plan.id, lock=True)
        assert live is not None
        live.end("refunded", shop.clock.now())
        await elsewhere.subscriptions.save(live)
        applying = asyncio.create_task(shop.apply(entry))
        await until_it_waits(shop, applying)
        await elsewhere.commit()
    await applying
    held = await shop.holding(ana, plan)
    assert [payment.flag for payment in held.payments] == [None, None]
    assert {payment.status for payment in held.payments} == {PaymentStatus.CAPTURED}
    assert [item.live for item in held.subscriptions].count(True) == 1


async def test_cancellation_reason_saved_while_a_subscription_ends_does_not_reactivate_it(
    shop: Shop, replica: Shop
) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    await shop.cancel(ana.telegram_id)
    async with replica.units() as elsewhere:
        live = await elsewhere.subscriptions.live_for(ana.id, plan.id, lock=True)
        assert live is not None
        live.end("refunded", shop.clock.now())
        await elsewhere.subscriptions.save(live)
        noting = asyncio.create_task(NoteCancelReason(shop.units)(ana.telegram_id, plan.soft_id, "price"))
        await until_it_waits(shop, noting)
        await elsewhere.commit()
    await noting
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED


async def test_account_is_not_assigned_to_a_vip_channel_replaced_during_the_assignment(
    shop: Shop, replica: Shop
) -> None:
    vip, account = await VipShop.open(shop), await add_account(shop.units)
    vip.channel.listers.add(account.id)
    other = ChatId(-1003000000002)
    watch = AssignVipAccount(shop.units, AccountCare(shop.units, vip.telegram, shop.clock), shop.clock)
    async with replica.units() as elsewhere:
        known = await elsewhere.of(VIP_KEY).channel()
        assert known is not None
        channel = await elsewhere.channels.get(known.id, lock=True)
        assert channel is not None
        channel.channel_id = other
        await elsewhere.channels.save(channel)
        taking = asyncio.create_task(watch(account.id))
        await until_it_waits(shop, taking)
        await elsewhere.commit()
    assert not await taking
    async with shop.units() as uow:
        channel = await uow.of(VIP_KEY).channel()
    assert channel is not None
    assert (channel.channel_id, channel.account_id) == (other, None)


async def test_post_withdrawn_before_its_deliveries_are_created_reaches_no_channel(shop: Shop, replica: Shop) -> None:
    news, plan = Newsroom(shop), await shop.plan()
    await news.channel(plan)
    pick = await news.accept("k", plan.soft_id, PostContent(text="Over 2.5"))
    async with replica.units() as elsewhere:
        known = await elsewhere.of(POSTS_KEY).get(pick.id, lock=True)
        assert known is not None
        known.withdraw()
        await elsewhere.of(POSTS_KEY).save(known)
        looking = asyncio.create_task(news.fan_out(pick.id, is_new=True))
        await until_it_waits(shop, looking)
        await elsewhere.commit()
    await looking
    assert await news.deliveries(pick.id) == []
