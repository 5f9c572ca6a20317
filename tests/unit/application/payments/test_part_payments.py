"""Check that partial payments and overpayments count, that the remaining amount is requested, and that unusable
payments are refunded or reported.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.payment_messages import PartReceivedMessage
from subscriptions.application.payments.part_payments import LIFETIME
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.payment import FlagReason, PaymentStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import UNDERPAID
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.support.parts import ONCE, PART, PRICE, REST, order_of, page

DAYS = timedelta(days=30)


@pytest.fixture
async def sale(shop: Shop) -> tuple[Customer, ServicePlan]:
    """Create a customer and a one-time plan sold by every payment method."""
    shop.sells_by_all()
    return await shop.customer(), await shop.plan(**ONCE)


async def test_partial_payment_is_applied_and_only_the_remaining_amount_is_requested(shop: Shop, sale):
    ana, plan = sale
    await shop.start(ana.telegram_id, plan.soft_id, "acme")
    first = await page(shop, ana, plan)
    await shop.deliver(shop.coins.underpaid(first, PART))
    assert (await order_of(shop, ana, plan)).status is OrderStatus.OPEN
    assert (await shop.holding(ana, plan)).subscriptions == []
    assert len(await shop.notified("part_received")) == 1
    assert await shop.alarms() == ["part_payment"]
    (alarm,) = await shop.jobs("bot.alarm")
    assert (alarm["facts"]["amount"], alarm["facts"]["missing"]) == ("$26.79", "$3.20")
    (pending,) = (await shop.status(ana.telegram_id)).open_orders
    assert (pending.price, pending.received_amount) == (REST, PART)
    assert pending.url is None, "no page asks just the rest yet"
    view = await shop.start(ana.telegram_id, plan.soft_id, "coins")
    assert (view.amount, view.price) == (REST, PRICE)
    assert (await shop.status(ana.telegram_id)).open_orders[0].url == view.url
    rest = await page(shop, ana, plan)
    await shop.deliver(shop.coins.paid(rest))
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert held.subscription.access_until == shop.clock.now() + DAYS
    assert held.subscription.price == PRICE
    assert {payment.subscription_id for payment in held.payments} == {held.subscription.id}
    assert [(payment.flag, payment.part) for payment in held.payments] == [(None, True), (None, True)]
    assert len(await shop.notified("payment_received")) == 1
    async with shop.units() as uow:
        receipts = await uow.receipts.of_order(held.payments[0].order_id)
    assert sorted(receipt.amount.minor for receipt in receipts) == [320, 2679]


async def test_partial_payment_message_names_the_missing_amount(shop: Shop, sale):
    ana, plan = sale
    await shop.deliver(shop.coins.underpaid(await page(shop, ana, plan), PART))
    order = await order_of(shop, ana, plan)
    notified = await _part_message(shop)
    assert notified is not None
    assert (notified.plan_name, notified.soft_id, notified.provider) == (plan.name, plan.soft_id, "coins")
    assert (notified.amount, notified.missing, notified.until, notified.reference) == (
        PART,
        REST,
        order.expires_at,
        order.reference,
    )
    await shop.deliver(shop.coins.paid(await page(shop, ana, plan)))
    assert await _part_message(shop) is None


async def _part_message(shop: Shop) -> PartReceivedMessage | None:
    """Return the message about the partial payment as the bot would currently send it, or None."""
    [owed] = await shop.notified("part_received")
    async with shop.units() as uow:
        return await PartReceivedMessage.load(Sources(uow, shop.policy, shop.clock.now()), UUID(owed["subject"]))


async def test_partial_payment_reported_twice_is_applied_once(shop: Shop, sale):
    ana, plan = sale
    part = shop.coins.underpaid(await page(shop, ana, plan), PART)
    await shop.deliver(part)
    await shop.deliver(replace(part, event_key="again"))
    assert len((await shop.holding(ana, plan)).payments) == 1
    assert (await shop.start(ana.telegram_id, plan.soft_id, "coins")).amount == REST


async def test_partial_payment_after_expiry_reopens_its_order(shop: Shop, sale):
    ana, plan = sale
    session = await page(shop, ana, plan)
    shop.clock.advance(timedelta(hours=1))
    await shop.run_due()
    assert (await order_of(shop, ana, plan)).status is OrderStatus.EXPIRED
    await shop.deliver(shop.coins.underpaid(session, PART))
    order = await order_of(shop, ana, plan)
    assert (order.status, order.expires_at) == (OrderStatus.OPEN, shop.clock.now() + LIFETIME)
    assert (await shop.start(ana.telegram_id, plan.soft_id, "coins")).amount == REST


async def test_late_partial_payment_of_an_expired_order_is_applied_to_the_newer_order(shop: Shop, sale):
    ana, plan = sale
    early = await page(shop, ana, plan)
    shop.clock.advance(timedelta(hours=1))
    late = await page(shop, ana, plan)
    assert late != early
    part = shop.coins.underpaid(early, PART)
    await shop.deliver(part)
    rest = await page(shop, ana, plan)
    assert shop.coins.checkouts[rest].amount == REST
    await shop.deliver(shop.coins.paid(rest))
    held = await shop.holding(ana, plan)
    assert {payment.subscription_id for payment in held.payments} == {held.subscription.id}
    async with shop.units() as uow:
        assert len(await uow.receipts.of_order(held.payments[0].order_id)) == 2
    # A later refund event finds the payment under the order where it counted.
    await shop.deliver(shop.coins.refunded(part))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE


async def test_partial_payment_is_flagged_if_the_newer_order_has_another_price(shop: Shop, sale):
    ana, plan = sale
    early = await page(shop, ana, plan)
    await shop.change_plan(replace(plan, price=Money(3999, "USD")))
    await page(shop, ana, plan)
    await shop.deliver(shop.coins.underpaid(early, PART))
    assert (await shop.holding(ana, plan)).payment.flag is FlagReason.ORDER_CLOSED


async def test_partial_payments_on_two_checkout_pages_pay_the_order_once_they_reach_the_price(shop: Shop, sale):
    ana, plan = sale
    first = await page(shop, ana, plan)
    await shop.charges("tokens", plan, Money(1500, "XTR"))
    shop.coins.checkouts["other"] = shop.coins.checkouts[first]
    await shop.deliver(shop.coins.underpaid(first, PART), shop.coins.underpaid("other", Money(1000, "USD")))
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    excess = [payment.excess for payment in held.payments if payment.excess is not None]
    assert excess == [Money(680, "USD")]
    assert await shop.alarms() == ["part_payment", "overpaid"]
    async with shop.units() as uow:
        assert len(await uow.receipts.of_order(held.payments[0].order_id)) == 2


async def test_overpayment_gives_access_and_raises_an_alarm(shop: Shop, sale):
    ana, plan = sale
    await shop.deliver(shop.coins.overpaid(await page(shop, ana, plan), Money(3100, "USD")))
    held = await shop.holding(ana, plan)
    assert (held.payment.flag, held.payment.excess) == (None, Money(101, "USD"))
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert await shop.alarms() == ["overpaid"]
    (alarm,) = await shop.jobs("bot.alarm")
    assert alarm["facts"]["excess"] == "$1.01"


async def test_overpayment_of_the_remaining_amount_is_added_to_the_partial_payment(shop: Shop, sale):
    ana, plan = sale
    await shop.deliver(shop.coins.underpaid(await page(shop, ana, plan), PART))
    await shop.deliver(shop.coins.overpaid(await page(shop, ana, plan), Money(400, "USD")))
    held = await shop.holding(ana, plan)
    assert {payment.subscription_id for payment in held.payments} == {held.subscription.id}
    assert {payment.excess for payment in held.payments} == {None, Money(80, "USD")}


async def test_renewing_plan_requests_the_full_price_despite_a_partial_payment(shop: Shop):
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan(price=PRICE)
    await shop.deliver(shop.coins.underpaid(await page(shop, ana, plan), PART))
    view = await shop.start(ana.telegram_id, plan.soft_id, "acme")
    assert view.amount == PRICE
    card = next(s.id for s in shop.provider.sessions.values() if s.url == view.url)
    await shop.deliver(*shop.provider.pay(card))
    held = await shop.holding(ana, plan)
    flags = {payment.provider: payment.flag for payment in held.payments}
    assert flags == {"acme": None, "coins": FlagReason.ORDER_CLOSED}
    assert held.subscription.price == PRICE
    await shop.give_back()
    # This provider cannot refund automatically.
    assert await shop.alarms() == ["part_payment", "order_closed"]
    assert len(await shop.notified("payment_flagged")) == 1


@pytest.mark.parametrize("ending", ["nobody pays the rest", "another order of the plan"])
async def test_partial_payments_of_a_closed_order_are_refunded_if_possible(shop: Shop, sale, ending: str):
    ana, plan = sale
    await shop.charges("tokens", plan, Money(1500, "XTR"))
    session = await page(shop, ana, plan, "tokens")
    part = shop.stars.underpaid(session, Money(1000, "XTR"))
    if ending == "nobody pays the rest":
        await shop.deliver(part)
        assert (await shop.start(ana.telegram_id, plan.soft_id, "tokens")).amount == Money(500, "XTR")
        shop.clock.advance(LIFETIME)
        await shop.run_due()
    else:
        shop.clock.advance(timedelta(hours=1))
        await shop.deliver(shop.coins.paid(await page(shop, ana, plan)))
        await shop.deliver(part)
    await shop.give_back()
    await shop.give_back()
    assert list(shop.stars.refunds.values()) == [part.payment_key]
    assert "order_closed_returned" in await shop.alarms()
    assert len(await shop.notified("payment_flagged")) == 1
    await shop.deliver(shop.stars.refunded(part))
    async with shop.units() as uow:
        payment = await uow.payments.by_key("tokens", part.payment_key or "")
    assert payment is not None
    assert (payment.status, payment.flag) == (PaymentStatus.REFUNDED, FlagReason.ORDER_CLOSED)


async def test_remaining_amount_alone_buys_nothing_once_the_partial_payment_is_refunded(shop: Shop, sale):
    ana, plan = sale
    await shop.deliver(shop.coins.underpaid(await page(shop, ana, plan), PART))
    rest = await page(shop, ana, plan)
    shop.clock.advance(LIFETIME)
    await shop.run_due()
    await shop.deliver(shop.coins.paid(rest))
    held = await shop.holding(ana, plan)
    assert held.subscriptions == []
    assert sorted(str(payment.flag) for payment in held.payments) == ["None", str(FlagReason.ORDER_CLOSED)]
    async with shop.units() as uow:
        assert await uow.receipts.of_order(held.payments[0].order_id) == []
    assert (await shop.start(ana.telegram_id, plan.soft_id, "coins")).amount == PART


async def test_second_payment_of_the_remaining_amount_is_flagged(shop: Shop, sale):
    ana, plan = sale
    await shop.deliver(shop.coins.underpaid(await page(shop, ana, plan), PART))
    rest = await page(shop, ana, plan)
    await shop.deliver(shop.coins.paid(rest), shop.coins.paid(rest))
    flags = [payment.flag for payment in (await shop.holding(ana, plan)).payments]
    assert sorted(map(str, flags)) == ["None", "None", str(FlagReason.ORDER_CLOSED)]


async def test_underpaid_renewal_is_flagged_for_review(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    failed = shop.provider.fail_renewal("sub-1")
    less = replace(failed, reason=UNDERPAID, amount=Money(100, "EUR"), payment_key="in-less")
    await shop.deliver(less, replace(less, event_key="again"))
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.PAST_DUE
    flags = {payment.payment_key: payment.flag for payment in held.payments}
    assert flags["in-less"] is FlagReason.AMOUNT_MISMATCH
    assert len(held.payments) == 2
    assert await shop.alarms() == ["amount_mismatch"]


async def test_partial_payment_in_another_currency_or_by_another_person_is_flagged(shop: Shop, sale):
    ana, plan = sale
    session = await page(shop, ana, plan)
    await shop.deliver(
        shop.coins.underpaid(session, Money(100, "EUR")), shop.coins.underpaid(session, PART, telegram_id=1)
    )
    flags = {payment.flag for payment in (await shop.holding(ana, plan)).payments}
    assert flags == {FlagReason.AMOUNT_MISMATCH, FlagReason.CUSTOMER_MISMATCH}


async def test_price_change_does_not_affect_a_partially_paid_order(shop: Shop, sale):
    ana, plan = sale
    await shop.deliver(shop.coins.underpaid(await page(shop, ana, plan), PART))
    await shop.change_plan(replace(plan, price=Money(3999, "USD")))
    assert (await shop.start(ana.telegram_id, plan.soft_id, "coins")).amount == REST


async def test_price_change_of_the_payment_method_does_not_affect_a_partially_paid_order(shop: Shop, sale):
    ana, plan = sale
    await shop.charges("coins", plan, PRICE)
    await shop.deliver(shop.coins.underpaid(await page(shop, ana, plan), PART))
    await shop.charges("coins", plan, Money(3999, "USD"))
    view = await shop.start(ana.telegram_id, plan.soft_id, "coins")
    assert (view.amount, view.price) == (REST, PRICE)
    await shop.deliver(shop.coins.paid(await page(shop, ana, plan)))
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.subscription.price) == (SubscriptionStatus.ACTIVE, PRICE)


async def test_access_ends_once_all_partial_payments_are_refunded(shop: Shop, sale):
    ana, plan = sale
    part = shop.coins.underpaid(await page(shop, ana, plan), PART)
    await shop.deliver(part)
    rest = shop.coins.paid(await page(shop, ana, plan))
    await shop.deliver(rest)
    shop.clock.advance(timedelta(days=1))
    await shop.deliver(shop.coins.refunded(part))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE
    await shop.deliver(shop.coins.refunded(rest))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED


async def test_refund_of_an_overpayment_does_not_end_access(shop: Shop, sale):
    ana, plan = sale
    paid = shop.coins.overpaid(await page(shop, ana, plan), Money(3100, "USD"))
    await shop.deliver(paid)
    await shop.deliver(shop.coins.refunded(paid, Money(101, "USD")))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE
    await shop.deliver(shop.coins.refunded(paid, PRICE))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED


async def test_partial_payment_of_a_second_order_is_flagged_once_the_first_order_is_paid(shop: Shop, sale):
    first = await page(shop, *sale)
    shop.clock.advance(LIFETIME)
    await shop.deliver(shop.coins.underpaid(await page(shop, *sale), PART), shop.coins.paid(first))
    flags = {payment.flag: payment.amount for payment in shop.memory.rows("payments")}
    assert flags == {FlagReason.ORDER_CLOSED: PART, None: PRICE}
