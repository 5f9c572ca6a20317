"""Check that buying a one-time plan again before its end adds the days to the existing subscription."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.checkout.purchase_terms import AlreadySubscribed
from subscriptions.domain.entities.payment import FlagReason
from tests.fakes.shop import Shop

ONCE = {"recurring": False, "interval": None, "duration_days": 30}


async def test_second_purchase_adds_its_days_to_the_subscription(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(**ONCE)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    first = (await shop.holding(ana, plan)).subscription.access_until
    assert first is not None
    shop.clock.advance(timedelta(days=10))
    _, again = await shop.checkout(ana, plan)
    assert again != session
    await shop.deliver(shop.provider.pay_once(again))
    held = await shop.holding(ana, plan)
    assert held.subscription.access_until == first + timedelta(days=30)
    assert [payment.flag for payment in held.payments] == [None, None]
    assert {payment.subscription_id for payment in held.payments} == {held.subscription.id}
    assert len(held.accesses) == 1
    assert len(await shop.notified("payment_received")) == 2


async def test_only_one_time_plans_can_be_renewed_by_another_purchase(shop: Shop):
    ana, once, monthly = await shop.customer(), await shop.plan(**ONCE), await shop.plan()
    _, session = await shop.checkout(ana, once)
    await shop.deliver(shop.provider.pay_once(session))
    _, session = await shop.checkout(ana, monthly)
    await shop.deliver(*shop.provider.pay(session))
    view = await shop.status(ana.telegram_id)
    assert {item.soft_id: item.renewable for item in view.live} == {once.soft_id: True, monthly.soft_id: False}
    with pytest.raises(AlreadySubscribed):
        await shop.checkout(ana, monthly)


async def test_payment_of_an_order_opened_before_another_purchase_is_a_second_capture(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(**ONCE)
    _, early = await shop.checkout(ana, plan)
    shop.clock.advance(timedelta(hours=2))
    _, late = await shop.checkout(ana, plan)
    assert late != early
    await shop.deliver(shop.provider.pay_once(late), shop.provider.pay_once(early))
    held = await shop.holding(ana, plan)
    assert sorted(str(payment.flag) for payment in held.payments) == ["None", str(FlagReason.SECOND_CAPTURE)]
    assert held.subscription.access_until == shop.clock.now() + timedelta(days=30)


async def test_renewal_paid_twice_is_applied_once(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(**ONCE)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    shop.clock.advance(timedelta(days=1))
    _, again = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(again), shop.provider.pay_once(again))
    held = await shop.holding(ana, plan)
    assert sorted(str(payment.flag) for payment in held.payments) == ["None", "None", str(FlagReason.SECOND_CAPTURE)]
