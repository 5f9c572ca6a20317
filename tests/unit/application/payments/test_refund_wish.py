"""Check that a refund is executed only if a use case stored the request, and which request a refund answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from subscriptions.application.payments.refund_payment import RefundPayment
from subscriptions.application.subscriptions.money_left import answer_request, left_of
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.refund_request import RefundRequest
from subscriptions.domain.entities.reversal import Refund
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayRejected, PaymentEventKind
from subscriptions.domain.ports.repositories.facts import FACTS_KEY
from tests.fakes.samples import NOON
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

MINUTE = timedelta(minutes=1)


async def paid(shop: Shop) -> Payment:
    customer, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(customer, plan)
    await shop.deliver(*shop.provider.pay(session))
    payment = (await shop.holding(customer, plan)).payment
    assert payment is not None
    return payment


async def wanted(shop: Shop, payment: Payment, amount: Money, command: str = "refund") -> str:
    """Request or record a refund as staff and return the operation's key."""
    olga, key = await shop.customer(staff_role=StaffRole.OWNER), uuid4()
    await Staff(shop)(olga.telegram_id, command, payment.id, key, amount=amount, reason="asked for")
    return str(key)


@pytest.mark.parametrize("difference", ["no request", "another amount", "another payment", "paid by hand"])
async def test_job_without_a_matching_request_refunds_nothing_and_raises_an_alarm(shop: Shop, difference: str) -> None:
    payment, other = await paid(shop), await paid(shop)
    key = "invented"
    if difference == "another amount":
        key = await wanted(shop, payment, payment.amount - Money(1, payment.amount.currency))
    if difference == "another payment":
        key = await wanted(shop, other, payment.amount)
    if difference == "paid by hand":
        key = f"by_hand:{await wanted(shop, payment, payment.amount, 'record_refund')}"
    refund = RefundPayment(shop.units, shop.gateways, shop.clock)
    for _ in range(2):
        await refund(payment.id, payment.amount.minor, key)
    assert shop.provider.refunds == {}
    assert set(await shop.alarms()) == {"job_unsigned"}


async def test_requested_refund_is_executed(shop: Shop) -> None:
    payment = await paid(shop)
    key = await wanted(shop, payment, payment.amount)
    await RefundPayment(shop.units, shop.gateways, shop.clock)(payment.id, payment.amount.minor, key)
    assert shop.provider.refunds == {f"staff:{key}": payment.payment_key}
    assert await shop.alarms() == []


async def test_repeated_refund_job_after_a_rejection_refunds_nothing(shop: Shop) -> None:
    payment = await paid(shop)
    key = await wanted(shop, payment, payment.amount)
    shop.provider.errors.append(GatewayRejected("acme", "too old", code="expired"))
    refund = RefundPayment(shop.units, shop.gateways, shop.clock)
    for _ in range(2):
        await refund(payment.id, payment.amount.minor, key)
    assert shop.provider.refunds == {}
    assert await shop.alarms() == ["refund_failed"]


async def requests_of(shop: Shop, payment: Payment) -> list[RefundRequest]:
    async with shop.units() as uow:
        return list(await uow.of(FACTS_KEY).requests_of(payment.id))


async def report(shop: Shop, payment: Payment, amount: Money) -> None:
    """Report a refund as the provider does."""
    facts = {"payment_key": "re-1", "about_payment": payment.payment_key, "amount_refunded": amount}
    await shop.deliver(shop.provider.create_event(PaymentEventKind.REFUND, "refund", **facts))


async def left(shop: Shop, payment: Payment) -> Money:
    async with shop.units() as uow:
        return await left_of(uow, payment)


async def test_refund_answers_the_oldest_open_request_of_its_amount_once(shop: Shop) -> None:
    payment, part = await paid(shop), Money(500, "EUR")
    for key in ("first", "second"):
        await shop.wants_back(payment, part.minor, key)
        shop.clock.advance(MINUTE)
    await shop.wants_back(payment, 600, "third")
    for _ in range(2):
        await report(shop, payment, part)
    first, second, third = await requests_of(shop, payment)
    assert first.refund_id is not None
    assert (second.refund_id, third.refund_id) == (None, None)
    assert await left(shop, payment) == payment.amount - part - part - Money(600, "EUR")


async def test_request_reduces_what_is_left_also_after_many_entries_of_the_audit_log(shop: Shop) -> None:
    payment, part = await paid(shop), Money(500, "EUR")
    await wanted(shop, payment, part)
    async with shop.units() as uow:
        for _ in range(300):
            await uow.audit.record(
                actor="7", action="customer.note", subject=str(payment.id), reason="", at=shop.clock.now()
            )
        await uow.commit()
    assert await left(shop, payment) == payment.amount - part


async def test_refund_reported_before_a_request_answers_nothing(shop: Shop) -> None:
    payment, part = await paid(shop), Money(500, "EUR")
    await report(shop, payment, part)
    shop.clock.advance(MINUTE)
    await shop.wants_back(payment, part.minor)
    (request,) = await requests_of(shop, payment)
    assert request.is_open
    assert await left(shop, payment) == payment.amount - part - part


async def test_refund_that_answered_a_failed_request_answers_the_next_one(shop: Shop) -> None:
    payment, part = await paid(shop), Money(500, "EUR")
    first = await wanted(shop, payment, part)
    shop.clock.advance(MINUTE)
    second = await wanted(shop, payment, part)
    await report(shop, payment, part)
    shop.provider.errors.append(GatewayRejected("acme", "too old", code="expired"))
    await RefundPayment(shop.units, shop.gateways, shop.clock)(payment.id, part.minor, first)
    requests = {each.operation: each for each in await requests_of(shop, payment)}
    assert requests[first].refund_id is None
    assert requests[second].refund_id is not None
    assert await left(shop, payment) == payment.amount - part


async def test_refund_that_repeats_a_dispute_answers_no_request(shop: Shop) -> None:
    payment = await paid(shop)
    await shop.wants_back(payment, 500)
    refund = Refund.give("acme", "re-1", payment.id, Money(500, "EUR"), occurred_at=NOON, now=shop.clock.now())
    async with shop.units() as uow:
        await answer_request(uow, replace(refund, repeats_dispute=True))
        await uow.commit()
    (request,) = await requests_of(shop, payment)
    assert request.is_open
