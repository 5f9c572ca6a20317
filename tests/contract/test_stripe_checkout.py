"""The gateway against the sandbox's Stripe over HTTP: checkouts and refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import stripe as sdk

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayAuthError, GatewayRejected
from subscriptions.infrastructure.payments.stripe import CAPABILITIES
from subscriptions.infrastructure.payments.stripe.gateway import StripeGateway
from subscriptions.infrastructure.payments.stripe.settings import StripeSettings
from tests.support.stripe_sandbox import SECRET
from tests.support.stripe_till import MONTHLY, Kind, ShopClock, Till


async def test_checkout_and_subscription_contain_customer_plan_and_order(till: Till) -> None:
    request = till.request()
    made = await till.gateway.create_checkout_session(request)
    assert made.provider == "stripe"
    assert made.url.startswith(f"{till.shop.url}/pay/stripe/")
    assert made.expires_at == request.expires_at.replace(microsecond=0)
    session = await till.shop.client.v1.checkout.sessions.retrieve_async(made.id)
    references = {
        "telegram_id": "7001",
        "plan": "retabet",
        "plan_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "order_id": "ord_1",
    }
    assert session.metadata is not None
    assert session.metadata.to_dict() == references
    assert (session.client_reference_id, session.locale, session.mode) == ("ord_1", "es", "subscription")
    await till.shop.control("POST", f"checkouts/{made.id}/pay")
    state = await till.gateway.fetch_checkout(made.id)
    assert state is not None
    assert state.event is not None
    assert state.event.subscription_ref is not None
    subscription = await till.shop.client.v1.subscriptions.retrieve_async(state.event.subscription_ref)
    assert subscription.metadata.to_dict() == references


async def test_same_idempotency_key_returns_the_same_checkout(till: Till) -> None:
    request = till.request()
    first = await till.gateway.create_checkout_session(request)
    second = await till.gateway.create_checkout_session(request)
    assert first == second
    other = await till.gateway.create_checkout_session(replace(request, idempotency_key="checkout:ord_1:2"))
    assert other.id != first.id


async def test_idempotency_key_of_another_checkout_is_refused(till: Till) -> None:
    await till.gateway.create_checkout_session(till.request())
    with pytest.raises(GatewayRejected):
        await till.gateway.create_checkout_session(till.request(amount=Money(100, "EUR")))


@pytest.mark.parametrize("minutes", [-600, 1, 29, 60 * 30])
async def test_expiry_outside_the_allowed_range_is_moved_into_range(till: Till, minutes: int) -> None:
    now = till.shop.world.clock.now()
    request = till.request(expires_at=now + timedelta(minutes=minutes))
    made = await till.gateway.create_checkout_session(request)
    assert now + timedelta(minutes=30) <= made.expires_at <= now + timedelta(hours=24)
    assert (await till.gateway.create_checkout_session(request)).id == made.id


async def test_customer_deleted_at_the_provider_can_still_buy(till: Till) -> None:
    made = await till.gateway.create_checkout_session(till.request(customer_ref="cus_gone"))
    assert made.customer_ref is None


async def test_known_customer_is_reused(till: Till) -> None:
    customer = await till.shop.client.v1.customers.create_async({"email": "ana@example.com"})
    made = await till.gateway.create_checkout_session(till.request(customer_ref=customer.id))
    assert made.customer_ref == customer.id


async def test_missing_price_is_refused_with_a_code(till: Till) -> None:
    with pytest.raises(GatewayRejected) as caught:
        await till.gateway.create_checkout_session(till.request(price_ref="price_gone"))
    assert caught.value.code == "resource_missing"


async def test_price_that_differs_from_the_plan_is_refused(till: Till) -> None:
    price = await till.gateway.ensure_price(MONTHLY)
    with pytest.raises(GatewayRejected) as caught:
        await till.gateway.create_checkout_session(till.request(price_ref=price, amount=Money(3999, "EUR")))
    assert caught.value.code == "price_mismatch"


async def test_unknown_checkout_returns_none(till: Till) -> None:
    for ref in ("cs_test_gone", "", "sub_1", "../customers"):
        assert await till.gateway.fetch_checkout(ref) is None


async def test_open_and_expired_checkouts_are_unpaid(till: Till) -> None:
    made = await till.gateway.create_checkout_session(till.request())
    state = await till.gateway.fetch_checkout(made.id)
    assert state is not None
    assert (state.paid, state.expired, state.event) == (False, False, None)
    await till.shop.control("POST", f"checkouts/{made.id}/expire")
    state = await till.gateway.fetch_checkout(made.id)
    assert state is not None
    assert (state.paid, state.expired, state.event) == (False, True, None)
    reported = await till.event("checkout.session.expired")
    assert (reported.kind, reported.order_id) == (Kind.CHECKOUT_EXPIRED, "ord_1")


async def test_wrong_key_raises_auth_error_without_showing_the_key(till: Till) -> None:
    settings = StripeSettings.from_environ(
        {
            "STRIPE_SECRET_KEY": "sk_test_notTheShopsKey0123456789",
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "STRIPE_API_BASE": f"{till.shop.url}/stripe",
        }
    )
    assert settings is not None
    stranger = StripeGateway(settings, ShopClock(till.shop), CAPABILITIES)
    with pytest.raises(GatewayAuthError) as caught:
        await stranger.fetch_subscription("sub_1")
    await stranger.aclose()
    assert "sk_test" not in str(caught.value)
    assert "STRIPE_SECRET_KEY" in str(caught.value)


async def test_errors_of_the_stripe_library_are_mapped_to_gateway_errors(till: Till) -> None:
    with pytest.raises(GatewayRejected) as caught:
        await till.gateway.create_checkout_session(till.request(success_url="nowhere"))
    assert not isinstance(caught.value, sdk.StripeError)
    assert "param success_url" in str(caught.value)


async def test_open_checkout_page_can_be_closed_and_then_cannot_be_paid(till: Till) -> None:
    made = await till.gateway.create_checkout_session(till.request())
    assert await till.gateway.expire_checkout(made.id)
    assert await till.gateway.expire_checkout(made.id)
    state = await till.gateway.fetch_checkout(made.id)
    assert state is not None
    assert state.expired
    await till.shop.control("POST", f"checkouts/{made.id}/pay", status=409)


async def test_paid_or_unknown_checkout_page_is_not_closed(till: Till) -> None:
    made = await till.gateway.create_checkout_session(till.request())
    await till.shop.control("POST", f"checkouts/{made.id}/pay")
    assert not await till.gateway.expire_checkout(made.id)
    assert not await till.gateway.expire_checkout("cs_test_nobody")
    assert not await till.gateway.expire_checkout("")


async def test_discount_on_the_first_period_uses_one_coupon(till: Till) -> None:
    price = await till.gateway.ensure_price(MONTHLY)
    less = {"price_ref": price, "amount": Money(2399, "EUR"), "later": MONTHLY.amount}
    asked = till.request(**less)
    made = await till.gateway.create_checkout_session(asked)
    assert await till.gateway.create_checkout_session(asked) == made
    ref = await till.subscribed(idempotency_key="checkout:ord_1:2", **less)
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert (found.price_ref, found.price) == (price, MONTHLY.amount)
    first = await till.event("invoice.paid")
    assert (first.kind, first.amount, first.regular) == (Kind.PAYMENT_COMPLETED, Money(2399, "EUR"), None)
    await till.shop.control("POST", f"subscriptions/stripe/{ref}/renew")
    second = await till.event("invoice.paid", 1)
    assert (second.amount, second.is_renewal) == (MONTHLY.amount, True)
