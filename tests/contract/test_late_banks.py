"""Payments about which a bank decides days after the press of the button, at the sandbox's Stripe and PayPal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from subscriptions.domain.ports.payment_facts import PLAN_CHANGE
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.contract.test_stripe_plan_changes import DEAR, joined
from tests.support import paypal_till, stripe_till

WAIT = timedelta(days=6)
NEAR = timedelta(minutes=1)
LATE = {"bank": "late"}


async def _decide(shop: Any, provider: str) -> None:
    """Let the bank pay the newest payment, six days later."""
    await shop.advance(days=WAIT.days)
    payments = (await shop.control("GET", "payments"))["payments"]
    assert payments[-1]["state"] == "pending"
    await shop.control("POST", f"payments/{provider}/{payments[-1]['id']}/bank_pays")


@pytest.mark.parametrize("interval", ["once", "month"])
async def test_stripe_payment_is_dated_when_the_bank_paid(interval: str) -> None:
    async with stripe_till.open_till() as till:
        request = till.request() if interval == "month" else till.request(interval=None)
        session = await till.gateway.create_checkout_session(request)
        pressed_at = till.shop.world.clock.now()
        await till.shop.control("POST", f"checkouts/{session.id}/pay", LATE)
        waiting = await till.gateway.fetch_checkout(session.id)
        assert waiting is not None
        assert (waiting.paid, waiting.pending, waiting.expired) == (False, True, False)

        await _decide(till.shop, "stripe")

        paid = await till.event("checkout.session.async_payment_succeeded")
        fetched = await till.gateway.fetch_checkout(session.id)
        assert fetched is not None
        assert fetched.event is not None
        for event in (paid, fetched.event):
            assert event.kind is PaymentEventKind.PAYMENT_COMPLETED
            assert abs(event.occurred_at - pressed_at - WAIT) < NEAR


async def test_paypal_order_is_dated_when_the_bank_paid() -> None:
    async with paypal_till.open_till() as till:
        session = await till.gateway.create_checkout_session(till.request())
        pressed_at = till.shop.world.clock.now()
        await till.shop.control("POST", f"checkouts/{session.id}/pay", LATE)
        waiting = await till.gateway.fetch_checkout(session.id)
        assert waiting is not None
        assert (waiting.paid, waiting.pending) == (False, True)

        await _decide(till.shop, "paypal")

        paid, fetched = await till.event("PAYMENT.CAPTURE.COMPLETED"), await till.gateway.fetch_checkout(session.id)
        assert fetched is not None
        assert fetched.event is not None
        for event in (paid, fetched.event):
            assert abs(event.occurred_at - pressed_at - WAIT) < NEAR


async def test_paypal_subscription_is_dated_when_the_bank_paid_and_keeps_its_period() -> None:
    async with paypal_till.open_till() as till:
        session = await till.gateway.create_checkout_session(await till.monthly())
        pressed_at = till.shop.world.clock.now()
        await till.shop.control("POST", f"checkouts/{session.id}/pay", LATE)

        await _decide(till.shop, "paypal")

        paid, fetched = await till.event("PAYMENT.SALE.COMPLETED"), await till.gateway.fetch_checkout(session.id)
        polled = await till.gateway.fetch_payments(session.id, pressed_at - timedelta(days=1))
        assert fetched is not None
        assert fetched.event is not None
        for event in (paid, fetched.event, *polled):
            assert abs(event.occurred_at - pressed_at - WAIT) < NEAR
            assert event.period_start is not None
            assert abs(event.period_start - pressed_at) < timedelta(days=1)


@pytest.mark.parametrize(("bank", "status"), [("bank_pays", "active"), ("bank_refuses", "past_due")])
async def test_difference_that_the_bank_decides_later_is_paid_or_owed_while_the_plan_is_changed(
    bank: str, status: str
) -> None:
    async with stripe_till.open_till() as till:
        member = await joined(till)
        await member.half_a_period()
        request = member.request(DEAR)
        due = await till.gateway.quote_change(request)
        await till.shop.act(member.ref, "late")

        assert await till.gateway.change_plan(request)

        waiting = await member.snapshot()
        assert (waiting.price_ref, waiting.unsettled, waiting.owed) == (request.price_ref, False, None)
        await till.shop.act(member.ref, bank)
        decided = await member.snapshot()
        assert (decided.status, decided.price_ref) == (status, request.price_ref)
        if bank == "bank_pays":
            paid = await till.event("invoice.paid", 1)
            assert (paid.reason, paid.amount) == (PLAN_CHANGE, due)
        else:
            assert decided.owed == due
