"""Less or more money than was asked for: it counts, the rest is asked, and what came in vain goes back or is told."""

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
    """Somebody, and a plan that is paid once; all methods sell it."""
    shop.sells_by_all()
    return await shop.customer(), await shop.plan(**ONCE)


async def test_a_part_counts_and_only_the_rest_is_asked(shop: Shop, sale):
    ana, plan = sale
    await shop.start(ana.telegram_id, plan.soft_id, "acme")
    first = await page(shop, ana, plan)
    await shop.deliver(shop.coins.underpaid(first, PART))
    assert (await order_of(shop, ana, plan)).status is OrderStatus.OPEN
    assert (await shop.holding(ana, plan)).subscriptions == []
    assert len(await shop.told("part_received")) == 1
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
    assert len(await shop.told("payment_received")) == 1
    async with shop.units() as uow:
        receipts = await uow.receipts.of_order(held.payments[0].order_id)
    assert sorted(receipt.amount.minor for receipt in receipts) == [320, 2679]


async def test_who_paid_a_part_is_told_what_is_missing_as_long_as_it_is(shop: Shop, sale):
    ana, plan = sale
    await shop.deliver(shop.coins.underpaid(await page(shop, ana, plan), PART))
    order = await order_of(shop, ana, plan)
    told = await _part_told(shop)
    assert told is not None
    assert (told.plan_name, told.soft_id, told.provider) == (plan.name, plan.soft_id, "coins")
    assert (told.amount, told.missing, told.until, told.reference) == (PART, REST, order.expires_at, order.reference)
    await shop.deliver(shop.coins.paid(await page(shop, ana, plan)))
    assert await _part_told(shop) is None


async def _part_told(shop: Shop) -> PartReceivedMessage | None:
    """What the bot would say now."""
    [owed] = await shop.told("part_received")
    async with shop.units() as uow:
        return await PartReceivedMessage.gather(Sources(uow, shop.policy, shop.clock.now()), UUID(owed["subject"]))


async def test_the_same_part_told_twice_counts_once(shop: Shop, sale):
    ana, plan = sale
    part = shop.coins.underpaid(await page(shop, ana, plan), PART)
    await shop.deliver(part)
    await shop.deliver(replace(part, event_key="again"))
    assert len((await shop.holding(ana, plan)).payments) == 1
    assert (await shop.start(ana.telegram_id, plan.soft_id, "coins")).amount == REST


async def test_a_part_told_after_its_order_ran_out_opens_it_again(shop: Shop, sale):
    ana, plan = sale
    session = await page(shop, ana, plan)
    shop.clock.advance(timedelta(hours=1))
    await shop.run_due()
    assert (await order_of(shop, ana, plan)).status is OrderStatus.EXPIRED
    await shop.deliver(shop.coins.underpaid(session, PART))
    order = await order_of(shop, ana, plan)
    assert (order.status, order.expires_at) == (OrderStatus.OPEN, shop.clock.now() + LIFETIME)
    assert (await shop.start(ana.telegram_id, plan.soft_id, "coins")).amount == REST


async def test_a_part_told_after_another_order_was_begun_counts_for_that(shop: Shop, sale):
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
    # What tells of it later finds it where it counted.
    await shop.deliver(shop.coins.refunded(part))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE


async def test_a_part_for_an_order_of_another_price_goes_back(shop: Shop, sale):
    ana, plan = sale
    early = await page(shop, ana, plan)
    await shop.change_plan(replace(plan, price=Money(3999, "USD")))
    await page(shop, ana, plan)
    await shop.deliver(shop.coins.underpaid(early, PART))
    assert (await shop.holding(ana, plan)).payment.flag is FlagReason.ORDER_CLOSED


async def test_two_full_pages_paid_in_part_are_enough_together(shop: Shop, sale):
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


async def test_too_much_gives_access_and_is_told(shop: Shop, sale):
    ana, plan = sale
    await shop.deliver(shop.coins.overpaid(await page(shop, ana, plan), Money(3100, "USD")))
    held = await shop.holding(ana, plan)
    assert (held.payment.flag, held.payment.excess) == (None, Money(101, "USD"))
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert await shop.alarms() == ["overpaid"]
    (alarm,) = await shop.jobs("bot.alarm")
    assert alarm["facts"]["excess"] == "$1.01"


async def test_too_much_for_the_rest_counts_with_the_part(shop: Shop, sale):
    ana, plan = sale
    await shop.deliver(shop.coins.underpaid(await page(shop, ana, plan), PART))
    await shop.deliver(shop.coins.overpaid(await page(shop, ana, plan), Money(400, "USD")))
    held = await shop.holding(ana, plan)
    assert {payment.subscription_id for payment in held.payments} == {held.subscription.id}
    assert {payment.excess for payment in held.payments} == {None, Money(80, "USD")}


async def test_what_renews_by_itself_asks_the_whole_and_the_part_is_told_to_a_person(shop: Shop):
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
    # This one gives nothing back by itself.
    assert await shop.alarms() == ["part_payment", "order_closed"]
    assert len(await shop.told("payment_flagged")) == 1


@pytest.mark.parametrize("ending", ["nobody pays the rest", "another order of the plan"])
async def test_parts_of_a_closed_order_go_back_where_they_can(shop: Shop, sale, ending: str):
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
    assert len(await shop.told("payment_flagged")) == 1
    await shop.deliver(shop.stars.refunded(part))
    async with shop.units() as uow:
        payment = await uow.payments.by_key("tokens", part.payment_key or "")
    assert payment is not None
    assert (payment.status, payment.flag) == (PaymentStatus.REFUNDED, FlagReason.ORDER_CLOSED)


async def test_the_rest_alone_buys_nothing_once_the_part_is_on_its_way_back(shop: Shop, sale):
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


async def test_the_rest_paid_twice_goes_back(shop: Shop, sale):
    ana, plan = sale
    await shop.deliver(shop.coins.underpaid(await page(shop, ana, plan), PART))
    rest = await page(shop, ana, plan)
    await shop.deliver(shop.coins.paid(rest), shop.coins.paid(rest))
    flags = [payment.flag for payment in (await shop.holding(ana, plan)).payments]
    assert sorted(map(str, flags)) == ["None", "None", str(FlagReason.ORDER_CLOSED)]


async def test_too_little_for_a_renewal_is_told_and_for_a_person_to_decide(shop: Shop):
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


async def test_a_part_of_another_currency_or_person_waits_for_a_decision(shop: Shop, sale):
    ana, plan = sale
    session = await page(shop, ana, plan)
    await shop.deliver(
        shop.coins.underpaid(session, Money(100, "EUR")), shop.coins.underpaid(session, PART, telegram_id=1)
    )
    flags = {payment.flag for payment in (await shop.holding(ana, plan)).payments}
    assert flags == {FlagReason.AMOUNT_MISMATCH, FlagReason.CUSTOMER_MISMATCH}


async def test_a_price_that_changes_meanwhile_leaves_what_was_begun(shop: Shop, sale):
    ana, plan = sale
    await shop.deliver(shop.coins.underpaid(await page(shop, ana, plan), PART))
    await shop.change_plan(replace(plan, price=Money(3999, "USD")))
    assert (await shop.start(ana.telegram_id, plan.soft_id, "coins")).amount == REST


async def test_access_ends_once_all_that_was_paid_together_is_back(shop: Shop, sale):
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


async def test_giving_back_what_was_too_much_ends_nothing(shop: Shop, sale):
    ana, plan = sale
    paid = shop.coins.overpaid(await page(shop, ana, plan), Money(3100, "USD"))
    await shop.deliver(paid)
    await shop.deliver(shop.coins.refunded(paid, Money(101, "USD")))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE
    await shop.deliver(shop.coins.refunded(paid, PRICE))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED


async def test_parts_of_another_order_go_back_once_the_first_is_paid_in_full(shop: Shop, sale):
    first = await page(shop, *sale)
    shop.clock.advance(LIFETIME)
    await shop.deliver(shop.coins.underpaid(await page(shop, *sale), PART), shop.coins.paid(first))
    flags = {payment.flag: payment.amount for payment in shop.memory.rows("payments")}
    assert flags == {FlagReason.ORDER_CLOSED: PART, None: PRICE}
