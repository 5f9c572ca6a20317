"""Check that a refund is executed only if a use case recorded the request: a job alone refunds nothing."""

from __future__ import annotations

from uuid import uuid4

import pytest

from subscriptions.application.payments.refund_payment import RefundPayment
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayRejected
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff


async def paid(shop: Shop) -> Payment:
    customer, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(customer, plan)
    await shop.deliver(*shop.provider.pay(session))
    payment = (await shop.holding(customer, plan)).payment
    assert payment is not None
    return payment


async def wanted(shop: Shop, payment: Payment, amount: Money) -> str:
    """Request a refund as staff and return the request's key."""
    olga, key = await shop.customer(staff_role=StaffRole.OWNER), uuid4()
    await Staff(shop)(olga.telegram_id, "refund", payment.id, key, amount=amount, reason="asked for")
    return str(key)


@pytest.mark.parametrize("difference", ["no wish", "another amount", "another payment"])
async def test_job_without_a_matching_request_refunds_nothing_and_raises_an_alarm(shop: Shop, difference: str) -> None:
    payment, other = await paid(shop), await paid(shop)
    key = "invented"
    if difference == "another amount":
        key = await wanted(shop, payment, payment.amount - Money(1, payment.amount.currency))
    if difference == "another payment":
        key = await wanted(shop, other, payment.amount)
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
