"""Check that payments that must not give access automatically are stored and raise an alarm."""

from __future__ import annotations

import dataclasses

import pytest

from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    PaymentEventKind,
)
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop

PRICE = Money(2999, "EUR")


async def _two_buyers(shop: Shop):
    plan = await shop.plan()
    ana, ben = await shop.customer(), await shop.customer()
    return plan, ana, ben, (await shop.checkout(ana, plan))[1], (await shop.checkout(ben, plan))[1]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"amount": Money(1, "EUR")}, id="amount too low"),
        pytest.param({"amount": Money(3000, "EUR")}, id="amount too high"),
        pytest.param({"amount": Money(2999, "USD")}, id="another currency"),
        pytest.param({"amount": None}, id="no amount"),
    ],
)
async def test_first_payment_of_a_wrong_amount_is_under_review(shop: Shop, wrong):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session, **wrong))
    held = await shop.holding(ana, plan)
    assert (held.subscriptions, held.channels) == ([], [])
    assert [payment.flag for payment in held.payments if payment.flag] == [FlagReason.AMOUNT_MISMATCH]
    assert await shop.alarms() == ["amount_mismatch"]
    assert len(await shop.notified("payment_flagged")) == 1


@pytest.mark.parametrize(
    "wrong",
    [pytest.param({"amount": Money(2999, "USD")}, id="another currency"), pytest.param({"amount": None}, id="none")],
)
async def test_renewal_in_another_currency_or_without_an_amount_is_under_review(shop: Shop, wrong):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew("sub-1", PRICE, **wrong))
    held = await shop.holding(ana, plan)
    assert held.subscription.access_until == start + PERIOD
    assert [payment.flag for payment in held.payments if payment.flag] == [FlagReason.AMOUNT_MISMATCH]
    assert await shop.alarms() == ["amount_mismatch"]
    assert len(await shop.notified("payment_flagged")) == 1


@pytest.mark.parametrize("bens_known", [True, False], ids=["subscription known", "subscription not yet known"])
async def test_metadata_cannot_transfer_a_subscription_to_another_customer(shop: Shop, bens_known):
    plan, ana, ben, of_ana, of_ben = await _two_buyers(shop)
    bens = shop.provider.pay(of_ben, card="cus-ben")
    if bens_known:
        await shop.deliver(*bens)
    anas = shop.provider.checkouts[of_ana]
    forged = shop.provider.create_event(
        PaymentEventKind.PAYMENT_COMPLETED,
        "invoice.paid",
        payment_key="in-forged",
        amount=PRICE,
        subscription_ref="sub-1",
        order_id=anas.order_id,
        telegram_id=anas.telegram_id,
        customer_ref="cus-ben",
        period_start=shop.clock.now() + PERIOD,
        period_end=shop.clock.now() + 2 * PERIOD,
    )
    await shop.deliver(forged)
    if not bens_known:
        await shop.deliver(*bens)
    held = await shop.holding(ana, plan)
    assert (held.subscriptions, held.channels) == ([], [])
    assert held.payment.flag is FlagReason.CUSTOMER_MISMATCH
    assert (await shop.holding(ben, plan)).subscription.access_until == shop.clock.now() + PERIOD
    async with shop.units() as uow:
        assert await uow.customers.account_at(ana.id, "acme") is None


async def test_payment_by_another_customer_is_flagged(shop: Shop):
    plan, ana, ben, of_ana, _ = await _two_buyers(shop)
    await shop.deliver(*shop.provider.pay(of_ana, telegram_id=ben.telegram_id))
    held = await shop.holding(ana, plan)
    assert held.payment.flag is FlagReason.CUSTOMER_MISMATCH
    assert held.subscriptions == []


async def test_status_event_with_another_customers_metadata_changes_only_its_own_subscription(shop: Shop):
    plan, ana, _ben, of_ana, of_ben = await _two_buyers(shop)
    await shop.deliver(*shop.provider.pay(of_ana), *shop.provider.pay(of_ben, card="cus-ben"))
    anas = shop.provider.checkouts[of_ana]
    ended = dataclasses.replace(shop.provider.end("sub-2"), order_id=anas.order_id, telegram_id=anas.telegram_id)
    await shop.deliver(ended)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE


async def test_second_capture_of_an_order_is_flagged(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    assert [payment.flag for payment in held.payments if payment.flag] == [FlagReason.SECOND_CAPTURE]
    assert held.subscription.access_until == shop.clock.now() + PERIOD


@pytest.mark.parametrize("kind", ["recurring", "one-off"])
async def test_second_paid_checkout_of_a_plan_is_flagged(shop: Shop, kind):
    """The price changed between the two checkouts, so both links were open."""
    once = {"recurring": False, "interval": None, "duration_days": 10} if kind == "one-off" else {}
    ana, plan = await shop.customer(), await shop.plan(**once)
    old_view, old = await shop.checkout(ana, plan)
    plan.price = Money(3999, "EUR")
    await shop.change_plan(plan)
    _new_view, new = await shop.checkout(ana, plan)
    assert old != new
    pay = shop.provider.pay_once if kind == "one-off" else lambda session: shop.provider.pay(session)[1]
    await shop.deliver(pay(old))
    entries = [await shop.deliver_with_retries(pay(new))]
    held = await shop.holding(ana, plan)
    assert [entry.note for entry in entries] == ["set aside: second_capture"]
    assert held.subscription.price == PRICE
    assert (await shop.order(old_view.reference)).status is OrderStatus.PAID


async def test_paid_order_cancels_the_other_open_order(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, old = await shop.checkout(ana, plan)
    plan.price = Money(3999, "EUR")
    await shop.change_plan(plan)
    new_view, _ = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(old))
    assert (await shop.order(new_view.reference)).status is OrderStatus.CANCELED
    assert (await shop.status(ana.telegram_id)).open_orders == ()


async def test_payment_for_an_ended_subscription_gives_no_access(shop: Shop):
    """An expired subscription is final: the payment is stored for review and gives no access."""
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    shop.provider.end("sub-1")
    await shop.check((await shop.holding(ana, plan)).subscription.id)
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.EXPIRED
    await shop.deliver(shop.provider.renew("sub-1", PRICE))
    held = await shop.holding(ana, plan)
    assert [payment.flag for payment in held.payments if payment.flag] == [FlagReason.SUBSCRIPTION_OVER]
    assert held.accesses[0].status is AccessStatus.REVOKING
    assert await shop.alarms() == ["subscription_over"]
