"""Check that an alarm is raised before a customer without a channel is charged again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.expiry.watch_renewals import KIND, NOTICE, WatchRenewals
from subscriptions.application.payments.refund_payment import RefundPayment
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import TelegramId
from tests.fakes.gateway import MemoryGateway
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop


async def buyer(shop: Shop) -> tuple[Customer, ServicePlan]:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    return ana, plan


async def ready(shop: Shop, channel: Channel) -> None:
    channel.status = ChannelStatus.READY
    async with shop.units() as uow:
        await uow.channels.save(channel)
        await uow.commit()


async def waiting(shop: Shop) -> list[str]:
    async with shop.units() as uow:
        return [alarm.facts["telegram_id"] for alarm in await uow.alarms.open(10) if alarm.kind == KIND]


@pytest.mark.parametrize("refunds", [True, False])
async def test_upcoming_charge_of_a_customer_without_a_channel_raises_an_alarm_and_is_refunded_if_set(
    shop: Shop, refunds: bool
):
    ana, plan = await buyer(shop)
    shop.clock.advance(PERIOD)
    # This renewal was paid before the alarm, so it stays.
    await shop.deliver(shop.provider.renew("sub-1", plan.price))
    watch = WatchRenewals(shop.units, shop.clock, replace(shop.policy, refund_without_channel=refunds))
    await watch()
    assert await waiting(shop) == [], "nothing is charged for weeks"
    shop.clock.advance(PERIOD - NOTICE)
    await watch()
    assert await waiting(shop) == [str(ana.telegram_id)]
    shop.clock.advance(NOTICE + timedelta(minutes=1))
    await shop.deliver(shop.provider.renew("sub-1", plan.price))
    for _ in range(3):
        shop.clock.advance(timedelta(minutes=10))
        await watch()
    assert await waiting(shop) == [str(ana.telegram_id)], "it is charged now, and there is no channel still"
    held = await shop.holding(ana, plan)
    renewal = max((each for each in held.payments if each.is_renewal), key=lambda each: each.recorded_at)
    wanted = [(job["payment_id"], job["minor"]) for job in await shop.jobs("core.refund_payment")]
    assert wanted == ([(str(renewal.id), plan.price.minor)] if refunds else [])
    await ready(shop, held.channels[0])
    shop.clock.advance(timedelta(minutes=10))
    await watch()
    assert await waiting(shop) == []


async def test_automatic_refund_after_a_closed_alarm_is_reduced_by_staff_refunds(shop: Shop):
    ana, plan = await buyer(shop)
    watch = WatchRenewals(shop.units, shop.clock, replace(shop.policy, refund_without_channel=True))
    shop.clock.advance(PERIOD - NOTICE)
    await watch()
    async with shop.units() as uow:
        [alarm] = await uow.alarms.open(9)
        alarm.close(TelegramId(1), shop.clock.now())
        await uow.alarms.save(alarm)
        await uow.commit()
    shop.clock.advance(NOTICE + timedelta(minutes=1))
    await shop.deliver(shop.provider.renew("sub-1", plan.price))
    renewal = next(each for each in (await shop.holding(ana, plan)).payments if each.is_renewal)
    await shop.wants_back(renewal, 1000, "by hand")
    for _ in range(3):
        shop.clock.advance(timedelta(minutes=10))
        await watch()
    wanted = [(job["payment_id"], job["minor"]) for job in await shop.jobs("core.refund_payment")]
    assert wanted == [(str(renewal.id), plan.price.minor - 1000)]


async def test_refund_at_a_provider_without_refunds_raises_the_refund_failed_alarm(shop: Shop):
    ana, plan = await buyer(shop)
    (payment,) = (await shop.holding(ana, plan)).payments
    shop.gateways.gateways = {payment.provider: MemoryGateway(shop.clock, name=payment.provider)}
    await shop.wants_back(payment)
    await RefundPayment(shop.units, shop.gateways, shop.clock)(payment.id, payment.amount.minor, "wish")
    assert await shop.alarms() == ["refund_failed"]


async def test_customer_with_a_channel_or_a_canceled_renewal_raises_no_alarm(shop: Shop):
    ana, plan = await buyer(shop)
    bea, other = await buyer(shop)
    await ready(shop, (await shop.holding(ana, plan)).channels[0])
    await shop.cancel(bea.telegram_id, other.soft_id)
    shop.clock.advance(PERIOD - NOTICE)
    await WatchRenewals(shop.units, shop.clock, shop.policy)()
    assert await waiting(shop) == []


async def test_charge_skipped_by_a_pause_is_not_reported(shop: Shop):
    ana, plan = await buyer(shop)
    held = (await shop.holding(ana, plan)).subscription
    async with shop.units() as uow:
        subscription = await uow.subscriptions.get(held.id, lock=True)
        assert subscription is not None
        assert subscription.current_period_end is not None
        subscription.pause_until = subscription.current_period_end + PERIOD
        subscription.learn(None)
        await uow.subscriptions.save(subscription)
        await uow.commit()
    shop.clock.advance(PERIOD - NOTICE)
    await WatchRenewals(shop.units, shop.clock, shop.policy)()
    assert await waiting(shop) == []
    shop.clock.advance(PERIOD)
    await WatchRenewals(shop.units, shop.clock, shop.policy)()
    assert await waiting(shop) == [str(ana.telegram_id)]
