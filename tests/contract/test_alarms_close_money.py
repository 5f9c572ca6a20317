"""Alarms about money close automatically once the money is resolved, and not before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import REMOVED
from subscriptions.domain.ids import CustomerId, PaymentId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop, database_shop, memory_shop
from tests.fakes.staff import Staff
from tests.fakes.units import database
from tests.support.alarm_watch import Watch
from tests.support.plan_member import charged, member_of

__all__ = ["database"]

DAY = timedelta(days=1)
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
def watch(shop: Shop) -> Watch:
    """Build the alarm watch of the shop."""
    return Watch(shop)


async def give(shop: Shop, to: CustomerId, plan: ServicePlan, days: int = 30) -> None:
    """Grant days of the plan as a manager."""
    staff = await shop.customer(staff_role=StaffRole.MANAGER)
    await Staff(shop)(staff.telegram_id, "grant", to, plan=plan.soft_id, days=days, reason="por el pago")


async def refund(shop: Shop, payment: Payment, amount: Money | None = None) -> None:
    """Deliver the provider's webhook about a refund."""
    event = shop.provider.create_event(
        PaymentEventKind.REFUND,
        "money.back",
        payment_key=f"re-{uuid4()}",
        about_payment=payment.payment_key,
        amount_refunded=amount or payment.amount,
    )
    await shop.deliver(event)


async def set_aside(shop: Shop, kind: str) -> tuple[Customer, ServicePlan, Payment]:
    """Create a payment by Ana that is under review and does not lead to access."""
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    if kind == "amount_mismatch":
        await shop.deliver(*shop.provider.pay(session, amount=Money(1, "EUR")))
    elif kind == "customer_mismatch":
        other = await shop.customer()
        await shop.deliver(*shop.provider.pay(session, telegram_id=other.telegram_id))
    else:
        await shop.deliver(*shop.provider.pay(session))
        shop.provider.end("sub-1")
        shop.clock.advance(2 * PERIOD)
        async with shop.units() as uow:
            (subscription,) = await uow.subscriptions.of_customer(ana.id)
            subscription.end(REMOVED, shop.clock.now())
            await uow.subscriptions.save(subscription)
            await uow.commit()
        await shop.deliver(shop.provider.renew("sub-1", PRICE))
    held = await shop.holding(ana, plan)
    return ana, plan, next(payment for payment in held.payments if payment.flag == kind)


ASIDE = ["amount_mismatch", "customer_mismatch", "subscription_over"]


@pytest.mark.parametrize("kind", ASIDE)
@pytest.mark.parametrize("way", ["it went back", "staff gave time", "a bank took it"])
async def test_alarm_about_payment_under_review_closes_when_payment_is_resolved(
    shop: Shop, watch: Watch, kind: str, way: str
) -> None:
    ana, plan, payment = await set_aside(shop, kind)
    assert await watch.open() == [kind]
    shop.clock.advance(9 * DAY)
    assert await watch.open() == [kind]
    if way == "it went back":
        await refund(shop, payment)
    elif way == "staff gave time":
        await give(shop, ana.id, plan)
    else:
        dispute = Dispute.begin("acme", "dp-1", payment.id, DisputeStatus.OPEN, shop.clock.now())
        dispute.settle(DisputeStatus.LOST, shop.clock.now())
        async with shop.units() as uow:
            await uow.reversals.save_dispute(dispute)
            await uow.commit()
    assert kind not in await watch.open()


async def test_payment_review_alarm_stays_open_after_a_partial_refund_or_a_grant_of_other_plan_or_days(
    shop: Shop, watch: Watch
) -> None:
    ana, plan, payment = await set_aside(shop, "subscription_over")
    await give(shop, ana.id, await shop.plan())
    await give(shop, ana.id, plan, 29)
    await refund(shop, payment, Money(1, "EUR"))
    assert "subscription_over" in await watch.open()


async def test_payment_review_alarm_stays_open_after_a_new_purchase(shop: Shop, watch: Watch) -> None:
    ana, plan, _ = await set_aside(shop, "subscription_over")
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    assert "subscription_over" in await watch.open()


async def test_each_grant_closes_only_one_payment_review_alarm(shop: Shop, watch: Watch) -> None:
    """A grant resolves the oldest waiting payment. A grant made before a payment does not resolve that payment."""
    ana, plan, _ = await set_aside(shop, "subscription_over")
    shop.clock.advance(DAY)
    await shop.deliver(shop.provider.renew("sub-1", PRICE))
    assert await watch.open() == ["subscription_over"] * 2
    await give(shop, ana.id, plan)
    assert await watch.open() == ["subscription_over"]
    shop.clock.advance(DAY)
    await shop.deliver(shop.provider.renew("sub-1", PRICE))
    assert await watch.open() == ["subscription_over"] * 2
    await give(shop, ana.id, plan)
    await give(shop, ana.id, plan)
    assert await watch.open() == []


async def test_one_grant_closes_either_the_payment_review_alarm_or_the_late_payment_alarm(
    shop: Shop, watch: Watch
) -> None:
    ana, plan, payment = await set_aside(shop, "subscription_over")
    shop.clock.advance(DAY)
    late = replace(payment, id=PaymentId(new_uuid()), payment_key="late", flag=None, status=PaymentStatus.CAPTURED)
    async with shop.units() as uow:
        await uow.payments.save(replace(late, recorded_at=shop.clock.now()))
        await uow.commit()
    await watch.announce(f"paid_time_over:{late.id}", "paid_time_over", order=late.reference)
    assert await watch.open() == ["paid_time_over", "subscription_over"]
    await give(shop, ana.id, plan)
    assert await watch.open() == ["paid_time_over"]
    await give(shop, ana.id, plan)
    assert await watch.open() == []


@pytest.mark.parametrize("kind", ["second_capture", "order_closed"])
async def test_alarm_of_failed_refund_closes_when_the_payment_is_refunded(shop: Shop, watch: Watch, kind: str) -> None:
    _, _, payment = await set_aside(shop, "amount_mismatch")
    await watch.open()
    await watch.announce(f"{kind}:{payment.id}", kind, order=payment.reference)
    assert kind in await watch.open()
    await refund(shop, payment)
    assert await watch.open() == []


async def test_overpaid_alarm_closes_when_overpayment_is_refunded(shop: Shop, watch: Watch) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    payment = replace((await shop.holding(ana, plan)).payment, excess=Money(500, "EUR"))
    async with shop.units() as uow:
        await uow.payments.save(payment)
        await uow.commit()
    await watch.announce(f"overpaid:{payment.id}", "overpaid")
    await refund(shop, payment, Money(499, "EUR"))
    assert await watch.open() == ["overpaid"]
    await refund(shop, payment, Money(1, "EUR"))
    assert await watch.open() == []


async def test_failed_and_reversed_refund_alarms_close_after_full_refund(shop: Shop, watch: Watch) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    payment, now = (await shop.holding(ana, plan)).payment, shop.clock.now()
    failed = Refund.give("acme", "re-0", payment.id, Money(1000, "EUR"), occurred_at=now, now=now)
    failed.status = RefundStatus.REVERSED
    async with shop.units() as uow:
        await uow.reversals.add_refund_if_new(failed)
        await uow.commit()
    await refund(shop, payment, Money(1000, "EUR"))
    shop.clock.advance(DAY)
    await watch.announce(f"refund_reversed:{failed.id}", "refund_reversed")
    await watch.announce(f"refund_failed:{payment.id}:1000:{uuid4()}", "refund_failed")
    await refund(shop, payment, Money(999, "EUR"))
    assert await watch.open() == ["refund_failed", "refund_reversed"]
    await refund(shop, payment, Money(1, "EUR"))
    assert await watch.open() == []


@pytest.mark.parametrize("way", ["it went back", "staff gave time"])
async def test_alarm_about_a_payment_for_a_past_period_closes_after_refund_or_grant(
    shop: Shop, watch: Watch, way: str
) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    shop.provider.end("sub-1")
    shop.clock.advance(2 * PERIOD)
    await shop.deliver(paid)
    assert await watch.open() == ["paid_time_over"]
    shop.clock.advance(9 * DAY)
    assert await watch.open() == ["paid_time_over"]
    if way == "it went back":
        await refund(shop, (await shop.holding(ana, plan)).payment)
    else:
        await give(shop, ana.id, plan)
    assert "paid_time_over" not in await watch.open()


async def test_second_late_payment_raises_its_own_alarm(shop: Shop, watch: Watch) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    *_, first = shop.provider.pay(session)
    shop.clock.advance(PERIOD)
    second = shop.provider.renew("sub-1", PRICE)
    shop.provider.end("sub-1")
    shop.clock.advance(2 * PERIOD)
    await shop.deliver(first)
    await shop.deliver(second)
    assert await watch.open() == ["paid_time_over"] * 2
    one, other = (await shop.holding(ana, plan)).payments
    await refund(shop, one)
    assert await watch.open() == ["paid_time_over"]
    await refund(shop, other)
    assert await watch.open() == []


async def test_refund_in_another_currency_leaves_alarm_open(shop: Shop, watch: Watch) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    payment, now = (await shop.holding(ana, plan)).payment, shop.clock.now()
    await watch.announce(f"refund_failed:{payment.id}:1000:{uuid4()}", "refund_failed")
    for amount, left in ((Money(9900, "USD"), ["refund_failed"]), (Money(1000, "EUR"), [])):
        back = Refund.give("acme", f"re-{amount}", payment.id, amount, occurred_at=now, now=shop.clock.now())
        async with shop.units() as uow:
            await uow.reversals.add_refund_if_new(back)
            await uow.commit()
        assert await watch.open() == left


async def test_fraud_warning_changes_nothing_and_closes_after_full_refund(shop: Shop, watch: Watch) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    payment = await reported_payment(shop, ana, plan)
    assert await watch.open() == ["fraud_warning"]
    assert (await shop.holding(ana, plan)).subscription.live
    await refund(shop, payment, Money(500, "EUR"))
    assert await watch.open() == ["fraud_warning"]
    await refund(shop, payment, Money(2499, "EUR"))
    assert "fraud_warning" not in await watch.open()


async def test_fraud_warning_closes_when_payment_is_disputed(shop: Shop, watch: Watch) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    payment = await reported_payment(shop, ana, plan)
    await shop.deliver(
        shop.provider.create_event(
            PaymentEventKind.DISPUTE_OPENED, "money.back", payment_key="dp-1", about_payment=payment.payment_key
        )
    )
    assert await watch.open() == ["dispute_open"]


async def reported_payment(shop: Shop, ana: Customer, plan: ServicePlan) -> Payment:
    """Create a customer's first payment, and let the bank report the payment as fraudulent twice."""
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    payment = (await shop.holding(ana, plan)).payment
    for number in (1, 2):
        key = f"issfr-{number}"
        event = shop.provider.create_event(
            PaymentEventKind.FRAUD_WARNING, "fraud", payment_key=key, about_payment=payment.payment_key
        )
        await shop.deliver(event)
    return payment


async def test_alarm_about_a_difference_that_is_left_closes_once_it_is_refunded(shop: Shop, watch: Watch) -> None:
    member = await member_of(shop)
    await member.change("dear")
    await shop.deliver(*charged(shop))
    async with shop.units() as uow:
        payments = await uow.payments.of_customer(member.customer.id, 5)
    paid = next(each for each in payments if each.amount == member.plans["middle"].price)
    (difference,) = (each for each in payments if each.id != paid.id)
    await refund(shop, paid)
    assert await watch.open() == ["difference_left"]
    await refund(shop, difference, Money(1, difference.amount.currency))
    assert await watch.open() == ["difference_left"], "only a part went back"
    await refund(shop, difference, difference.amount - Money(1, difference.amount.currency))
    assert await watch.open() == []


async def test_difference_that_was_refunded_before_raises_no_alarm(shop: Shop, watch: Watch) -> None:
    member = await member_of(shop)
    await member.change("dear")
    await shop.deliver(*charged(shop))
    async with shop.units() as uow:
        payments = await uow.payments.of_customer(member.customer.id, 5)
    paid = next(each for each in payments if each.amount == member.plans["middle"].price)
    for each in sorted(payments, key=lambda payment: payment.id == paid.id):
        await refund(shop, each)
    assert await watch.open() == []
