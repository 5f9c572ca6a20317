"""The gateway against the sandbox's Cryptomus over HTTP: payment pages, webhooks and lookups."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import OVERPAID, UNDERPAID
from subscriptions.domain.ports.payment_gateway import PaymentEventKind, ProviderStatus
from tests.support.cryptomus import ORDER
from tests.support.cryptomus_till import Shop, running_shop

KIND = PaymentEventKind


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop() -> AsyncIterator[Shop]:
    """Run a merchant with recurring payments enabled."""
    async with running_shop(recurrence=True) as running:
        yield running


async def test_invoice_is_created_once_per_idempotency_key(shop: Shop) -> None:
    request = shop.request()
    first = await shop.gateway.create_checkout_session(request)
    assert first.url.startswith(f"{shop.url}/pay/cryptomus/")
    assert abs(first.expires_at - request.expires_at) < timedelta(seconds=30)
    assert await shop.gateway.create_checkout_session(request) == first
    other = await shop.gateway.create_checkout_session(shop.request())
    assert other.id != first.id


async def test_expired_invoice_is_replaced_under_the_same_key(shop: Shop) -> None:
    request = shop.request()
    first = await shop.gateway.create_checkout_session(request)
    await shop.advance(minutes=36)
    second = await shop.gateway.create_checkout_session(request)
    assert second.id != first.id
    assert second.expires_at > shop.now()
    assert (await shop.gateway.create_checkout_session(request)).id == second.id
    state = await shop.gateway.fetch_checkout(first.id)
    assert state is not None
    assert state.expired


@pytest.mark.parametrize(
    ("button", "raw_type", "asked", "came", "reason"),
    [
        ("pay", "payment:paid", 2999, 2999, None),
        ("over", "payment:paid_over", 1600, 1760, OVERPAID),
        ("under", "payment:wrong_amount", 1600, 1280, UNDERPAID),
        ("under", "payment:wrong_amount", 2999, 2399, UNDERPAID),
    ],
)
async def test_received_amount_is_reported(
    shop: Shop, button: str, raw_type: str, asked: int, came: int, reason: str | None
) -> None:
    request = shop.request(amount=Money(asked, "EUR"))
    session = await shop.gateway.create_checkout_session(request)
    await shop.press(session, button)
    event = await shop.reported(session, raw_type)
    kind = KIND.PAYMENT_FAILED if reason == UNDERPAID else KIND.PAYMENT_COMPLETED
    assert (event.kind, event.amount, event.reason) == (kind, Money(came, "EUR"), reason)
    assert event.regular == (Money(asked, "EUR") if reason == OVERPAID else None)
    assert (event.payment_key, event.checkout_ref) == (session.id, session.id)
    assert (event.order_id, event.telegram_id) == (ORDER, 7001)
    state = await shop.gateway.fetch_checkout(session.id)
    assert state is not None
    assert state.event is not None
    assert (state.event.payment_key, state.event.amount, state.event.kind) == (session.id, event.amount, kind)
    assert state.paid is (kind is KIND.PAYMENT_COMPLETED)


@pytest.mark.parametrize(
    ("button", "raw_type"), [("decline", "payment:fail"), ("fail", "payment:system_fail"), ("expire", "payment:cancel")]
)
async def test_unpaid_invoice_is_reported_as_failed(shop: Shop, button: str, raw_type: str) -> None:
    session = await shop.gateway.create_checkout_session(shop.request())
    await shop.press(session, button)
    event = await shop.reported(session, raw_type)
    assert (event.kind, event.final, event.amount) == (KIND.PAYMENT_FAILED, True, None)
    assert event.checkout_ref == session.id
    state = await shop.gateway.fetch_checkout(session.id)
    assert state is not None
    assert (state.paid, state.expired, state.event) == (False, True, None)


async def test_refund_in_the_dashboard_is_reported(shop: Shop) -> None:
    session = await shop.gateway.create_checkout_session(shop.request())
    await shop.press(session, "pay")
    paid = await shop.reported(session, "payment:paid")
    await shop.control("POST", f"payments/cryptomus/{session.id}/refund")
    event = await shop.reported(session, "payment:refund_paid")
    assert (event.kind, event.about_payment) == (KIND.REFUND, paid.payment_key)
    assert event.amount_refunded == paid.amount
    late = await shop.reported(session, "payment:paid")
    assert (late.kind, late.amount) == (KIND.PAYMENT_COMPLETED, paid.amount)


async def test_recurring_payment_is_reported_from_checkout_to_cancellation(shop: Shop) -> None:
    request = shop.monthly()
    session = await shop.gateway.create_checkout_session(request)
    assert await shop.gateway.create_checkout_session(request) == session
    ref = session.subscription_ref
    assert ref is not None
    waiting = await shop.gateway.fetch_subscription(ref)
    assert waiting is not None
    assert waiting.status is ProviderStatus.INCOMPLETE
    await shop.press(session, "pay")
    first = await shop.reported(session, "payment:paid")
    assert (first.kind, first.subscription_ref, first.amount) == (KIND.PAYMENT_COMPLETED, ref, Money(1500, "USD"))
    assert first.is_renewal is False
    await shop.advance(days=32)
    (second,) = await shop.gateway.fetch_payments(ref, first.period_end or shop.now())
    assert second.payment_key != first.payment_key
    assert second.period_start == first.period_end
    assert second.is_renewal is True
    late, soon = await shop.completed_events(session, "payment:paid", 2)
    assert (late.payment_key, late.period_end) == (first.payment_key, first.period_end)
    assert (soon.payment_key, soon.period_start, soon.amount) == (
        second.payment_key,
        second.period_start,
        second.amount,
    )
    assert await shop.gateway.cancel_subscription(ref) is True
    assert await shop.gateway.cancel_subscription(ref) is True
    stopped = await shop.gateway.fetch_subscription(ref)
    assert stopped is not None
    assert (stopped.status, stopped.cancel_at_period_end) == (ProviderStatus.ACTIVE, True)
    assert stopped.cancel_at == second.period_end
    await shop.advance(days=32)
    over = await shop.gateway.fetch_subscription(ref)
    assert over is not None
    assert over.status is ProviderStatus.ENDED
    assert await shop.gateway.fetch_payments(ref, second.period_end or shop.now()) == []


async def test_cancellation_by_the_customer_is_found_by_fetching(shop: Shop) -> None:
    session = await shop.gateway.create_checkout_session(shop.monthly())
    ref = session.subscription_ref or ""
    await shop.press(session, "pay")
    await shop.reported(session, "payment:paid")
    await shop.control("POST", f"subscriptions/cryptomus/{ref}/cancel")
    found = await shop.gateway.fetch_subscription(ref)
    assert found is not None
    assert (found.raw_status, found.cancel_at_period_end) == ("cancel_by_user", True)


async def test_failed_charge_makes_the_subscription_past_due(shop: Shop) -> None:
    session = await shop.gateway.create_checkout_session(shop.monthly())
    ref = session.subscription_ref or ""
    await shop.press(session, "pay")
    paid = await shop.reported(session, "payment:paid")
    await shop.control("POST", f"subscriptions/cryptomus/{ref}/fail_payment")
    assert paid.period_end is not None
    # Depends on the length of the month: the provider retries for a few days and then gives up, and a fixed 32 days
    # could be past that.
    await shop.advance(days=(paid.period_end - shop.now()).days + 2)
    found = await shop.gateway.fetch_subscription(ref)
    assert found is not None
    assert found.status is ProviderStatus.PAST_DUE
