"""Customers who pay for the VIP channel before the channel exists are admitted once the channel exists, and the alarm
closes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.access.kinds.shared_channel.grant_shared import GrantShared
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import AccessKind
from subscriptions.domain.entities.subscription import PERIOD_OVER, REFUNDED, STAFF, Subscription
from subscriptions.domain.ids import CustomerId, SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.provider import PERIOD
from tests.fakes.resources import vip as shared_vip
from tests.fakes.shop import Shop, database_shop, memory_shop
from tests.fakes.units import database
from tests.support.alarm_watch import Watch
from tests.support.vip import VIP_CHAT, VipShop

__all__ = ["database"]

PRICE = Money(2999, "EUR")


@pytest.fixture
async def shop(database: str | None) -> AsyncIterator[Shop]:
    """Build the use cases with in-memory or PostgreSQL repositories, and a clock that drives the alarm watch."""
    if database is None:
        yield memory_shop()
        return
    engine = create_engine(database)
    yield database_shop(engine)
    await engine.dispose()


@pytest.fixture
async def vip(shop: Shop) -> VipShop:
    """Open a VIP shop without a channel."""
    return await VipShop.open(shop, channel=False)


async def paid(vip: VipShop) -> tuple[Customer, Subscription]:
    """Create a customer who paid for the VIP plan while there is no channel."""
    ana, plan = await vip.shop.customer(), await vip.shop.plan(access=AccessKind.VIP_CHANNEL, price=PRICE)
    async with vip.shop.units() as uow:
        channel = await uow.of(VIP_KEY).channel()
        # A plan without a channel is not on sale, so the channel is removed during the checkout.
        assert channel is None
    await sell(vip, ana, plan.soft_id)
    return ana, (await vip.shop.holding(ana, plan)).subscription


async def sell(vip: VipShop, ana: Customer, plan: str) -> None:
    """Sell the plan to the customer. The channel exists at the checkout and is deleted before the payment."""
    await vip.set_up(VIP_CHAT)
    view = await vip.shop.start(ana.telegram_id, plan)
    session = next(each.id for each in vip.shop.provider.sessions.values() if each.url == view.url)
    async with vip.shop.units() as uow:
        channel = await uow.of(VIP_KEY).channel()
        assert channel is not None
        channel.status = type(channel.status).DELETED
        channel.channel_id = None
        await uow.channels.save(channel)
        await uow.commit()
    await vip.shop.deliver(*vip.shop.provider.pay(session))


async def admitted(vip: VipShop, *, times: int = 1) -> None:
    """Run all jobs that admit customers."""
    for _ in range(times):
        for _ in await vip.shop.jobs("bot.admit_waiting"):
            await vip.admit()
        for job in await vip.shop.jobs("bot.admit_to_vip"):
            await vip.admit.one(CustomerId(UUID(job["customer_id"])))


async def entry_messages(vip: VipShop, ana: Customer) -> int:
    """Return the number of entry messages sent to the customer."""
    return sum(job["customer_id"] == str(ana.id) for job in await vip.shop.notified("vip_entry"))


async def test_customer_who_paid_earlier_is_admitted_once_after_channel_setup(vip: VipShop):
    watch = Watch(vip.shop)
    ana, _ = await paid(vip)
    await admitted(vip)
    assert await watch.open() == ["channel_not_configured"]
    await vip.set_up(VIP_CHAT)
    assert await watch.open() == ["channel_not_configured"], "there is a channel, and she is not let in"
    await admitted(vip, times=2)
    assert await watch.open() == []
    assert (await vip.access_of(ana)).status is AccessStatus.PENDING
    assert await entry_messages(vip, ana) == 1
    assert await vip.ask(ana, await vip.through(ana))
    await admitted(vip)
    assert (await vip.access_of(ana)).status is AccessStatus.ACTIVE


async def test_customer_who_paid_during_channel_setup_is_admitted(vip: VipShop):
    """The job of the channel setup ran before the payment; the job of the payment admits the customer."""
    ana, _ = await paid(vip)
    await vip.set_up(VIP_CHAT)
    [job] = await vip.shop.jobs("bot.admit_to_vip")
    assert job["customer_id"] == str(ana.id)
    await vip.admit.one(ana.id)
    assert await entry_messages(vip, ana) == 1


async def test_paused_customer_is_admitted_after_resuming(vip: VipShop):
    watch = Watch(vip.shop)
    ana, subscription = await paid(vip)
    await watch.open()
    await change(vip, subscription.id, is_paused=True)
    await vip.set_up(VIP_CHAT)
    await admitted(vip)
    assert (await vip.access_of(ana)).status is AccessStatus.SUSPENDED
    assert await entry_messages(vip, ana) == 0
    await change(vip, subscription.id, is_paused=False)
    assert await entry_messages(vip, ana) == 1
    assert await vip.ask(ana, await vip.through(ana))


async def change(vip: VipShop, subscription_id: SubscriptionId, *, is_paused: bool) -> None:
    """Pause or resume the subscription as staff."""
    now = vip.shop.clock.now()
    async with vip.shop.units() as uow:
        subscription = await uow.subscriptions.get(subscription_id, lock=True)
        assert subscription is not None
        if is_paused:
            subscription.pause(STAFF, now)
        else:
            subscription.resume(STAFF, now)
        await uow.subscriptions.save(subscription)
        await GrantShared(vip.shop.policy).settle_all(uow, shared_vip(), [subscription.customer_id], now)
        await uow.commit()


@pytest.mark.parametrize(("reason", "left"), [(REFUNDED, 0), (PERIOD_OVER, 1)])
async def test_customer_whose_subscription_ended_before_channel_setup_is_not_admitted(
    vip: VipShop, reason: str, left: int
):
    """The alarm remains open unless the payment was refunded."""
    watch = Watch(vip.shop)
    ana, subscription = await paid(vip)
    vip.shop.clock.advance(PERIOD + timedelta(days=9))
    async with vip.shop.units() as uow:
        held = await uow.subscriptions.get(subscription.id, lock=True)
        assert held is not None
        held.end(reason, vip.shop.clock.now())
        await uow.subscriptions.save(held)
        await uow.commit()
    await vip.set_up(VIP_CHAT)
    await admitted(vip)
    assert await entry_messages(vip, ana) == 0
    assert await watch.open() == ["channel_not_configured"] * left


async def test_waiting_customers_are_listed_in_batches(vip: VipShop):
    people = [(await paid(vip))[0] for _ in range(3)]
    await vip.set_up(VIP_CHAT)
    async with vip.shop.units() as uow:
        channel = await uow.of(VIP_KEY).channel()
        assert channel is not None
        ids = sorted(person.id for person in people)
        assert list(await uow.of(VIP_KEY).without_access(channel.id, None, 2)) == ids[:2]
        assert list(await uow.of(VIP_KEY).without_access(channel.id, ids[1], 2)) == ids[2:]
