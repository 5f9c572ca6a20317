"""Guarantees about payments that the database enforces under concurrency."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from subscriptions.application.checkout.purchase_terms import AlreadySubscribed, PaidAlready
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.order import AttemptStatus, OrderStatus
from subscriptions.domain.entities.payment import FlagReason, PaymentStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import InboxId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop

PRICE = Money(2999, "EUR")


async def _apply(shop: Shop, inbox_id: InboxId) -> None:
    """Apply the event as a worker does, with a retry after each RetryLater."""
    for _ in range(20):
        try:
            await shop.apply(inbox_id)
            return
        except RetryLater:
            await asyncio.sleep(0)
    raise AssertionError("never applied")


async def _all_at_once(shops: list[Shop], events: list[PaymentEvent]) -> None:
    entries = [await shops[0].store(event) for event in events]
    await asyncio.gather(*(_apply(shops[turn % len(shops)], entry) for turn, entry in enumerate(entries)))


async def test_twenty_concurrent_deliveries_of_a_payment_are_applied_once(shop: Shop, replica: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    event, _ = shop.provider.pay(session)
    stored = await asyncio.gather(*((shop, replica)[turn % 2].webhook(event) for turn in range(20)))
    assert sorted(stored) == [False] * 19 + [True]
    (job,) = await shop.jobs("core.apply_payment_event")
    inbox_id = InboxId(UUID(job["inbox_id"]))
    await asyncio.gather(*(_apply((shop, replica)[turn % 2], inbox_id) for turn in range(10)))
    held = await shop.holding(ana, plan)
    assert held.payment.status is PaymentStatus.CAPTURED
    assert len(held.channels) == len(await shop.jobs("userbot.assign")) == 1
    assert len(await shop.jobs("bot.announce")) == 1


async def test_concurrent_events_of_a_payment_are_applied_once(shop: Shop, replica: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    await _all_at_once([shop, replica], list(shop.provider.pay(session)))
    held = await shop.holding(ana, plan)
    assert held.payment.status is PaymentStatus.CAPTURED
    assert held.subscription.access_until == shop.clock.now() + PERIOD
    assert (await shop.order(view.reference)).status is OrderStatus.PAID
    assert len(await shop.jobs("userbot.assign")) == len(await shop.jobs("bot.announce")) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=lambda order: "".join(map(str, order)))
async def test_concurrent_payment_renewal_and_cancellation_are_each_applied_once(shop: Shop, replica: Shop, order):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    done, paid = shop.provider.pay(session)
    shop.clock.advance(PERIOD)
    events = [paid, shop.provider.renew("sub-1", PRICE), shop.provider.end("sub-1")]
    await _all_at_once([shop, replica], [events[index] for index in order] + [done])
    held = await shop.holding(ana, plan)
    assert len(held.payments) == 2
    assert held.subscription.access_until == start + 2 * PERIOD
    assert held.subscription.status is SubscriptionStatus.CANCELED
    assert held.accesses[0].ends_at == start + 2 * PERIOD
    assert len(await shop.jobs("userbot.assign")) == len(await shop.notified("canceled")) == 1


@pytest.mark.parametrize("kind", ["recurring", "one-off"])
async def test_two_concurrently_paid_checkouts_refund_one_payment(shop: Shop, replica: Shop, kind):
    once = {"recurring": False, "interval": None, "duration_days": 10} if kind == "one-off" else {}
    ana, plan = await shop.customer(), await shop.plan(**once)
    _, old = await shop.checkout(ana, plan)
    shop.clock.advance(timedelta(hours=1))
    _, new = await shop.checkout(ana, plan)
    pay = shop.provider.pay_once if once else lambda session: shop.provider.pay(session)[1]
    await _all_at_once([shop, replica], [pay(old), pay(new)])
    held = await shop.holding(ana, plan)
    assert held.subscription.live
    assert sorted(str(payment.flag) for payment in held.payments) == ["None", str(FlagReason.SECOND_CAPTURE)]
    await asyncio.gather(shop.give_back(), replica.give_back(), shop.give_back())
    assert len(shop.provider.refunds) == 1
    assert await shop.alarms() == ["second_capture_returned"]
    assert len(held.channels) == 1


async def test_payment_reported_for_two_orders_is_applied_once(shop: Shop, replica: Shop):
    plan = await shop.plan()
    ana, ben = await shop.customer(), await shop.customer()
    (_, of_ana), (_, of_ben) = await shop.checkout(ana, plan), await shop.checkout(ben, plan)
    _, anas = shop.provider.pay(of_ana, card="cus-1", payment_key="in-1")
    _, bens = shop.provider.pay(of_ben, card="cus-2", payment_key="in-1")
    await _all_at_once([shop, replica], [anas, bens])
    payments = (await shop.holding(ana, plan)).payments + (await shop.holding(ben, plan)).payments
    assert [payment.payment_key for payment in payments] == ["in-1"]


async def test_concurrent_payments_of_two_customers_with_one_provider_account_are_both_captured(
    shop: Shop, replica: Shop
):
    plan = await shop.plan()
    ana, ben = await shop.customer(), await shop.customer()
    (_, of_ana), (_, of_ben) = await shop.checkout(ana, plan), await shop.checkout(ben, plan)
    events = [shop.provider.pay(of_ana, card="cus-1")[1], shop.provider.pay(of_ben, card="cus-1")[1]]
    await _all_at_once([shop, replica], events)
    for person in (ana, ben):
        assert (await shop.holding(person, plan)).payment.status is PaymentStatus.CAPTURED


async def test_payment_for_an_ended_subscription_is_recorded_for_review(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    shop.provider.end("sub-1")
    await shop.check((await shop.holding(ana, plan)).subscription.id)
    await shop.deliver(shop.provider.renew("sub-1", PRICE))
    held = await shop.holding(ana, plan)
    assert {payment.flag for payment in held.payments} == {None, FlagReason.SUBSCRIPTION_OVER}
    assert held.accesses[0].status is AccessStatus.REVOKING


async def test_concurrent_renewal_and_expiry_keep_access(shop: Shop, replica: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    renewed = await shop.store(shop.provider.renew("sub-1", PRICE))
    subscription = (await shop.holding(ana, plan)).subscription
    await asyncio.gather(
        _apply(shop, renewed),
        *(replica.check(subscription.id) for _ in range(4)),
        *(clock.run_due() for clock in (shop, replica)),
    )
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert held.subscription.access_until == renewed_until(shop)
    assert await shop.notified("expired") == []


def renewed_until(shop: Shop):
    return shop.provider.subscriptions["sub-1"].current_period_end


async def test_concurrent_presses_on_two_replicas_open_one_checkout(shop: Shop, replica: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    presses = [(shop, replica)[turn % 2].start(ana.telegram_id, plan.soft_id) for turn in range(8)]
    views = await asyncio.gather(*presses)
    assert len({view.url for view in views}) == len({view.reference for view in views}) == 1
    assert len(shop.provider.sessions) == 1
    order = await shop.order(views[0].reference)
    async with shop.units() as uow:
        (attempt,) = await uow.orders.attempts(order.id)
    assert (attempt.number, attempt.status) == (1, AttemptStatus.OPEN)


async def test_buy_button_pressed_while_the_payment_is_applied_opens_no_second_checkout(shop: Shop, replica: Shop):
    """While the button is pressed, the transaction that applies the payment holds the order's lock. Once the lock is
    released, no order is open.
    """
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    order = await shop.order(view.reference)
    async with shop.units() as holder:
        await holder.orders.get(order.id, lock=True)
        applying = asyncio.create_task(_apply(shop, await replica.store(paid)))
        assert not (await asyncio.wait({applying}, timeout=0.2))[0]
        press = asyncio.create_task(replica.start(ana.telegram_id, plan.soft_id))
        assert not (await asyncio.wait({press}, timeout=0.2))[0]
    await applying
    with pytest.raises((AlreadySubscribed, PaidAlready)):
        await press
    assert len(shop.provider.sessions) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=lambda order: "".join(map(str, order)))
async def test_failed_charge_and_another_method_paid_at_once_pay_one_period(shop: Shop, replica: Shop, order):
    """Whichever payment is applied first counts; the other one is refunded."""
    shop.sells_by_all()
    replica.gateways.gateways = shop.gateways.gateways
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    end = shop.clock.now()
    await shop.deliver(shop.provider.fail_renewal("sub-1"))
    shop.clock.advance(timedelta(days=1))
    await shop.start(ana.telegram_id, plan.soft_id, "acme")
    done, paid = shop.provider.pay(list(shop.provider.checkouts)[-1])
    recovered = shop.provider.recover("sub-1", PRICE)
    events = [done, paid, recovered]
    await _all_at_once([shop, replica], [events[index] for index in order])
    async with shop.units() as uow:
        held = await uow.subscriptions.live_for(ana.id, plan.id)
        payments = await uow.payments.of_customer(ana.id, 10)
        first = await uow.subscriptions.by_provider_ref("acme", "sub-1")
    assert held is not None
    assert first is not None
    is_replaced = first.id != held.id
    flagged = [payment.payment_key for payment in payments if payment.flag is FlagReason.SECOND_CAPTURE]
    assert flagged == [recovered.payment_key if is_replaced else paid.payment_key]
    assert held.access_until == (shop.clock.now() if is_replaced else end) + PERIOD
    await asyncio.gather(shop.give_back(), replica.give_back())
    assert list(shop.provider.refunds.values()) == flagged
    assert set(shop.provider.canceled_at_once) == {"sub-1" if is_replaced else "sub-2"}
    assert len(await shop.jobs("core.stop_billing")) == int(is_replaced)
