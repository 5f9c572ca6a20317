"""The gateway against the sandbox's PayPal over HTTP: refunds, disputes and webhook verification by postback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from tests.support.paypal_till import EUR, Kind, Till, open_till


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    """Open a gateway with an account at a new sandbox, for one test."""
    async with open_till() as made:
        yield made


async def sold(till: Till) -> PaymentEvent:
    """Create a subscription and return the event of its first charge."""
    await till.subscribed()
    return await till.event("PAYMENT.SALE.COMPLETED")


async def taken(till: Till) -> PaymentEvent:
    """Approve an order and return the event of its capture."""
    await till.approved()
    return await till.event("CHECKOUT.ORDER.APPROVED")


@pytest.mark.parametrize(
    ("buy", "kind"), [(sold, "PAYMENT.SALE.REFUNDED"), (taken, "PAYMENT.CAPTURE.REFUNDED")], ids=["sale", "capture"]
)
async def test_partial_refunds_are_idempotent_and_reported(till: Till, buy: object, kind: str) -> None:
    assert callable(buy)
    payment: PaymentEvent = await buy(till)
    key = payment.payment_key or ""
    give = till.gateway.refund_payment
    assert await give(key, Money(1000, "EUR"), idempotency_key="r1") is True
    assert await give(key, Money(1000, "EUR"), idempotency_key="r1") is True
    assert await give(key, Money(1999, "EUR"), idempotency_key="r2") is True
    first, second = await till.event(kind), await till.event(kind, 1)
    assert (first.kind, first.about_payment) == (Kind.REFUND, key)
    assert (first.amount_refunded, second.amount_refunded) == (Money(1000, "EUR"), Money(1999, "EUR"))
    assert first.payment_key != second.payment_key
    assert await give(key, None, idempotency_key="r3") is True
    assert (await till.shop.control("GET", "payments"))["payments"][0]["state"] == "refunded"


@pytest.mark.parametrize("buy", [sold, taken], ids=["sale", "capture"])
async def test_payer_account_is_read_from_the_payment(till: Till, buy: object) -> None:
    assert callable(buy)
    await till.shop.control("POST", "providers/paypal", {"payer": "WDJJHEBZ4X2LY"})
    payment: PaymentEvent = await buy(till)
    await till.shop.control("POST", "providers/paypal", {"payer": ""})
    payer_of = till.gateway.payer_of
    assert await payer_of(payment.payment_key or "") == "WDJJHEBZ4X2LY"
    assert [await payer_of(key) for key in ("GONE5313654M97086", "", "../sale", "I-GONE1GONE1")] == [None] * 4


async def test_full_refund_is_reported_and_unknown_payment_is_not_refunded(till: Till) -> None:
    payment = await sold(till)
    give = till.gateway.refund_payment
    assert await give(payment.payment_key or "", None, idempotency_key="r1", telegram_id=7001) is True
    assert (await till.event("PAYMENT.SALE.REFUNDED")).amount_refunded == EUR
    for key in ("GONE5313654M97086", "", "../sale", "I-GONE1GONE1"):
        assert await give(key, None, idempotency_key="r2") is False


@pytest.mark.parametrize(("action", "reason"), [("win_dispute", "won"), ("lose_dispute", "lost")])
async def test_dispute_is_reported_when_opened_and_closed(till: Till, action: str, reason: str) -> None:
    payment = await sold(till)
    await till.shop.act(payment.subscription_ref or "", "dispute")
    opened = await till.event("CUSTOMER.DISPUTE.CREATED")
    assert (opened.kind, opened.about_payment) == (Kind.DISPUTE_OPENED, payment.payment_key)
    await check_fetched_facts(till, opened)
    await till.shop.act(payment.subscription_ref or "", action)
    closed = await till.event("CUSTOMER.DISPUTE.RESOLVED")
    assert (closed.kind, closed.reason, closed.payment_key) == (Kind.DISPUTE_CLOSED, reason, opened.payment_key)
    assert closed.about_payment == payment.payment_key
    await check_fetched_facts(till, closed)


async def check_fetched_facts(till: Till, reported: PaymentEvent) -> None:
    """Assert that a fetched dispute has the same facts as the last webhook about it, and a separate event key."""
    found = await till.gateway.fetch_dispute(reported.payment_key or "")
    assert found is not None
    assert found.event_key == f"poll:{reported.payment_key}:{reported.kind}"
    differing = {"event_key": reported.event_key, "raw_type": reported.raw_type, "occurred_at": reported.occurred_at}
    assert replace(found, **differing) == reported


async def test_unknown_dispute_returns_none(till: Till) -> None:
    for key in ("PP-D-1", "../sale/1", ""):
        assert await till.gateway.fetch_dispute(key) is None


async def test_webhook_is_verified_by_postback() -> None:
    async with open_till(PAYPAL_VERIFY="postback") as till:
        assert (await sold(till)).amount == EUR
