"""The gateway against the sandbox's PayPal over HTTP: checkouts, prices and refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayAuthError, GatewayRejected
from subscriptions.infrastructure.payments.paypal import CAPABILITIES
from subscriptions.infrastructure.payments.paypal.gateway import PayPalGateway
from subscriptions.infrastructure.payments.paypal.settings import PayPalSettings
from tests.support.paypal import CUSTOM, ORDER, PERSON
from tests.support.paypal_till import EUR, MONTHLY, ONCE, Kind, ShopClock, Till, open_till


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    """Open a gateway with an account at a new sandbox, for one test."""
    async with open_till() as made:
        yield made


async def test_subscription_checkout_contains_our_order_id_and_is_idempotent(till: Till) -> None:
    request = await till.monthly()
    made = await till.gateway.create_checkout_session(request)
    assert (made.provider, made.id, made.expires_at) == ("paypal", made.subscription_ref, request.expires_at)
    assert made.url.startswith(till.shop.url)
    assert (await till.shop.read(made.id))["custom_id"] == CUSTOM
    again = await till.gateway.create_checkout_session(request)
    assert again == made
    other = await till.gateway.create_checkout_session(replace(request, idempotency_key="checkout:x:2"))
    assert other.id != made.id
    state = await till.gateway.fetch_checkout(made.id)
    assert state is not None
    assert (state.paid, state.expired, state.pending, state.event) == (False, False, False, None)
    assert await till.gateway.cancel_subscription(made.id) is False
    await till.shop.control("POST", f"checkouts/{made.id}/pay")
    state = await till.gateway.fetch_checkout(made.id)
    reported = await till.event("PAYMENT.SALE.COMPLETED")
    assert state is not None
    assert state.event is not None
    assert (state.paid, state.event.payment_key, state.event.amount) == (True, reported.payment_key, EUR)
    assert (state.event.order_id, state.event.telegram_id, state.event.subscription_ref) == (ORDER, PERSON, made.id)
    assert (state.event.period_start, state.event.period_end) == (reported.period_start, reported.period_end)


async def test_approved_order_is_captured_once(till: Till) -> None:
    ref = await till.approved()
    reported = await till.reported("CHECKOUT.ORDER.APPROVED")
    assert (reported.kind, reported.payment_key, reported.checkout_ref) == (Kind.PAYMENT_COMPLETED, None, ref)
    paid = await till.gateway.complete_event(reported)
    assert (paid.kind, paid.amount, paid.order_id, paid.checkout_ref) == (Kind.PAYMENT_COMPLETED, EUR, ORDER, ref)
    again = await till.gateway.complete_event(reported)
    state = await till.gateway.fetch_checkout(ref)
    captured = await till.event("PAYMENT.CAPTURE.COMPLETED")
    assert state is not None
    assert state.event is not None
    assert {event.payment_key for event in (paid, again, state.event, captured)} == {paid.payment_key}
    assert captured.checkout_ref == ref
    payments = (await till.shop.control("GET", "payments"))["payments"]
    assert len(payments) == 1


async def test_event_fetched_twice_has_the_same_event_key(till: Till) -> None:
    ref, subscription = await till.approved(), await till.subscribed()
    for asked, key in ((ref, f"fetched:{ref}"), (subscription, None)):
        states = [await till.gateway.fetch_checkout(asked) for _ in range(2)]
        first, again = [state.event for state in states if state is not None and state.event is not None]
        assert first.event_key == again.event_key == (key or f"fetched:{first.payment_key}")
    since = till.shop.world.clock.now() - timedelta(days=1)
    first, again = [await till.gateway.fetch_payments(subscription, since) for _ in range(2)]
    assert first == again
    assert [event.event_key for event in first] == [f"poll:{event.payment_key}" for event in first] != []


async def test_unapproved_order_is_not_paid(till: Till) -> None:
    request = till.request()
    made = await till.gateway.create_checkout_session(request)
    assert await till.gateway.create_checkout_session(request) == made
    assert made.subscription_ref is None
    state = await till.gateway.fetch_checkout(made.id)
    assert state is not None
    assert (state.paid, state.pending, state.event) == (False, False, None)
    for ref in ("GONE5313654M97086", "I-GONE1GONE1", "", "../orders", "x/capture"):
        assert await till.gateway.fetch_checkout(ref) is None


async def test_amounts_are_exact_in_every_currency(till: Till) -> None:
    wanted = {"500": Money(500, "JPY"), "0.01": Money(1, "USD"), "1234.56": Money(123456, "EUR")}
    for text, amount in wanted.items():
        made = await till.gateway.create_checkout_session(till.request(amount=amount, idempotency_key=text))
        shown = (await till.shop.control("GET", "checkouts"))["checkouts"][-1]
        assert (shown["id"], shown["amount"], shown["currency"]) == (made.id, text, amount.currency)
        await till.shop.control("POST", f"checkouts/{made.id}/pay")
        state = await till.gateway.fetch_checkout(made.id)
        assert state is not None
        assert state.event is not None
        assert state.event.amount == amount


async def test_each_distinct_price_is_created_once(till: Till) -> None:
    ensure = till.gateway.ensure_price
    yen = replace(MONTHLY, amount=Money(500, "JPY"))
    wanted = [
        MONTHLY,
        replace(MONTHLY, amount=Money(3099, "EUR")),
        replace(MONTHLY, amount=Money(2999, "USD")),
        replace(MONTHLY, interval_count=3),
        replace(MONTHLY, interval=Interval.YEAR),
        replace(MONTHLY, plan="sportium"),
        yen,
    ]
    made = [await ensure(request) for request in wanted]
    assert len(set(made)) == len(wanted)
    assert [await ensure(request) for request in wanted] == made
    plan = await till.shop.call("GET", f"/v1/billing/plans/{made[-1]}")
    assert plan["billing_cycles"][0]["pricing_scheme"]["fixed_price"] == {"currency_code": "JPY", "value": "500"}
    assert await ensure(ONCE) == await ensure(ONCE) == "umbral-vip-mensual"


async def test_deactivated_billing_plan_is_activated_again(till: Till) -> None:
    ref = await till.gateway.ensure_price(MONTHLY)
    await till.shop.call("POST", f"/v1/billing/plans/{ref}/deactivate", status=204)
    assert await till.gateway.ensure_price(MONTHLY) == ref
    assert (await till.shop.call("GET", f"/v1/billing/plans/{ref}"))["status"] == "ACTIVE"


async def test_price_that_differs_from_the_plan_is_refused(till: Till) -> None:
    request = await till.monthly()
    missing: list[dict[str, Any]] = [{"price_ref": ref} for ref in (None, "P-GONEGONEGONEGONEGONEGONE", "../products")]
    others: list[dict[str, Any]] = [
        {"amount": Money(100, "EUR")},
        {"amount": Money(2999, "USD")},
        {"interval": Interval.YEAR},
        {"interval_count": 2},
    ]
    for code, cases in (("price_missing", missing), ("price_mismatch", others)):
        for changes in cases:
            with pytest.raises(GatewayRejected) as caught:
                await till.gateway.create_checkout_session(replace(request, **changes))
            assert caught.value.code == code


async def test_amounts_and_intervals_unsupported_by_paypal_are_refused(till: Till) -> None:
    for request in (till.request(amount=Money(99950, "HUF")), till.request(amount=Money(50, "TWD"))):
        with pytest.raises(GatewayRejected) as caught:
            await till.gateway.create_checkout_session(request)
        assert caught.value.code == "amount_invalid"
    with pytest.raises(GatewayRejected) as caught:
        await till.gateway.ensure_price(replace(MONTHLY, interval=Interval.YEAR, interval_count=2))
    assert caught.value.code == "interval_unsupported"


async def test_refusal_by_paypal_carries_its_code(till: Till) -> None:
    with pytest.raises(GatewayRejected) as caught:
        await till.gateway.create_checkout_session(till.request(amount=Money(0, "EUR")))
    assert caught.value.code
    settings = PayPalSettings.from_environ({**till.shop.settings, "PAYPAL_CLIENT_SECRET": "another"})
    assert settings is not None
    stranger = PayPalGateway(settings, ShopClock(till.shop), CAPABILITIES)
    with pytest.raises(GatewayAuthError):
        await stranger.fetch_subscription("I-GONE1GONE1")
    await stranger.aclose()
