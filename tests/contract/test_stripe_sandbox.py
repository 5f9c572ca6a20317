"""The gateway against the sandbox's Stripe over HTTP: what one sends the other understands, and back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import stripe as sdk

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    GatewayAuthError,
    GatewayRejected,
    PaymentEvent,
    PaymentEventKind,
    PriceRequest,
    ProviderStatus,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.stripe import CAPABILITIES
from subscriptions.infrastructure.payments.stripe.gateway import StripeGateway
from subscriptions.infrastructure.payments.stripe.settings import StripeSettings
from tests.support.stripe_sandbox import KEY, SECRET, Shop, running_shop

Kind = PaymentEventKind
EUR = Money(2999, "EUR")
MONTHLY = PriceRequest(
    plan="retabet",
    name="Retabet",
    description="Picks",
    amount=EUR,
    recurring=True,
    interval=Interval.MONTH,
    interval_count=1,
)
VERSIONS = ["2024-06-20", "2025-03-31.basil", "2026-10-28.endive"]


@dataclass
class ShopClock:
    """The sandbox's clock as the product's port."""

    shop: Shop

    def now(self) -> datetime:
        """The world's time."""
        return self.shop.world.clock.now()

    async def confirm(self) -> datetime:
        """The same: this clock is never behind."""
        return self.now()


@dataclass
class Till:
    """The gateway, the account it talks to, and what it made of the webhooks that came."""

    shop: Shop
    gateway: StripeGateway

    def request(self, **changes: Any) -> CheckoutRequest:
        """A checkout for a monthly plan without a price object."""
        wanted = CheckoutRequest(
            order_id="ord_1",
            telegram_id=7001,
            plan="retabet",
            description="Plan Retabet",
            price_ref=None,
            amount=EUR,
            interval=Interval.MONTH,
            interval_count=1,
            trial_days=0,
            success_url="https://shop.example/thanks",
            cancel_url="https://shop.example/back",
            customer_ref=None,
            locale="es",
            expires_at=self.shop.world.clock.now() + timedelta(minutes=35),
            idempotency_key="checkout:ord_1:1",
        )
        return replace(wanted, **changes)

    async def bought(self, **changes: Any) -> str:
        """A paid checkout; the session's id."""
        session = await self.gateway.create_checkout_session(self.request(**changes))
        await self.shop.control("POST", f"checkouts/{session.id}/pay")
        return session.id

    async def subscribed(self, **changes: Any) -> str:
        """A subscription that was paid for."""
        state = await self.gateway.fetch_checkout(await self.bought(**changes))
        assert state is not None
        assert state.event is not None
        assert state.event.subscription_ref is not None
        return state.event.subscription_ref

    def _heard(self, kind: str) -> list[tuple[bytes, dict[str, str]]]:
        receiver = self.shop.receiver
        pairs = zip(receiver.bodies, receiver.headers, strict=True)
        return [(body, headers) for body, headers in pairs if json.loads(body)["type"] == kind]

    async def event(self, kind: str, place: int = 0) -> PaymentEvent:
        """The gateway's reading of the webhook of that type, once it has come."""
        await self.shop.until(lambda: len(self._heard(kind)) > place)
        body, headers = self._heard(kind)[place]
        return await self.gateway.parse_webhook(
            WebhookRequest(headers=headers, body=body, received_at=self.shop.world.clock.now())
        )


@asynccontextmanager
async def open_till(api_version: str | None = None) -> AsyncIterator[Till]:
    async with running_shop(api_version=api_version) as shop:
        settings = StripeSettings.from_environ(
            {
                "STRIPE_SECRET_KEY": KEY,
                "STRIPE_WEBHOOK_SECRET": SECRET,
                "STRIPE_API_BASE": f"{shop.url}/stripe",
            }
        )
        assert settings is not None
        gateway = StripeGateway(settings, ShopClock(shop), CAPABILITIES)
        try:
            yield Till(shop, gateway)
        finally:
            await gateway.aclose()


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    async with open_till() as made:
        yield made


# --- checkout


async def test_a_checkout_carries_our_references_on_the_session_and_on_the_subscription(till: Till) -> None:
    request = till.request()
    made = await till.gateway.create_checkout_session(request)
    assert made.provider == "stripe"
    assert made.url.startswith(f"{till.shop.url}/pay/stripe/")
    assert made.expires_at == request.expires_at.replace(microsecond=0)
    session = await till.shop.client.v1.checkout.sessions.retrieve_async(made.id)
    references = {"telegram_id": "7001", "plan": "retabet", "order_id": "ord_1"}
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


async def test_the_same_idempotency_key_gives_the_same_checkout(till: Till) -> None:
    request = till.request()
    first = await till.gateway.create_checkout_session(request)
    second = await till.gateway.create_checkout_session(request)
    assert first == second
    other = await till.gateway.create_checkout_session(replace(request, idempotency_key="checkout:ord_1:2"))
    assert other.id != first.id


async def test_one_key_for_two_different_checkouts_is_refused(till: Till) -> None:
    await till.gateway.create_checkout_session(till.request())
    with pytest.raises(GatewayRejected):
        await till.gateway.create_checkout_session(till.request(amount=Money(100, "EUR")))


@pytest.mark.parametrize("minutes", [-600, 1, 29, 60 * 30])
async def test_an_end_the_provider_does_not_allow_is_moved_to_one_it_does(till: Till, minutes: int) -> None:
    now = till.shop.world.clock.now()
    request = till.request(expires_at=now + timedelta(minutes=minutes))
    made = await till.gateway.create_checkout_session(request)
    assert now + timedelta(minutes=30) <= made.expires_at <= now + timedelta(hours=24)
    assert (await till.gateway.create_checkout_session(request)).id == made.id


async def test_a_customer_who_was_deleted_at_the_provider_can_still_buy(till: Till) -> None:
    made = await till.gateway.create_checkout_session(till.request(customer_ref="cus_gone"))
    assert made.customer_ref is None


async def test_a_known_customer_is_used_again(till: Till) -> None:
    customer = await till.shop.client.v1.customers.create_async({"email": "ana@example.com"})
    made = await till.gateway.create_checkout_session(till.request(customer_ref=customer.id))
    assert made.customer_ref == customer.id


async def test_a_plan_without_its_price_object_is_refused_with_a_code(till: Till) -> None:
    with pytest.raises(GatewayRejected) as caught:
        await till.gateway.create_checkout_session(till.request(price_ref="price_gone"))
    assert caught.value.code == "resource_missing"


async def test_a_price_object_that_asks_something_else_than_the_plan_is_refused(till: Till) -> None:
    price = await till.gateway.ensure_price(MONTHLY)
    with pytest.raises(GatewayRejected) as caught:
        await till.gateway.create_checkout_session(till.request(price_ref=price, amount=Money(3999, "EUR")))
    assert caught.value.code == "price_mismatch"


async def test_an_unknown_checkout_is_none(till: Till) -> None:
    for ref in ("cs_test_gone", "", "sub_1", "../customers"):
        assert await till.gateway.fetch_checkout(ref) is None


async def test_an_open_and_an_expired_checkout(till: Till) -> None:
    made = await till.gateway.create_checkout_session(till.request())
    state = await till.gateway.fetch_checkout(made.id)
    assert state is not None
    assert (state.paid, state.expired, state.event) == (False, False, None)
    await till.shop.control("POST", f"checkouts/{made.id}/expire")
    state = await till.gateway.fetch_checkout(made.id)
    assert state is not None
    assert (state.paid, state.expired, state.event) == (False, True, None)
    told = await till.event("checkout.session.expired")
    assert (told.kind, told.order_id) == (Kind.CHECKOUT_EXPIRED, "ord_1")


# --- one payment, however it is heard of


@pytest.mark.parametrize("version", VERSIONS)
async def test_session_invoice_and_fetch_name_one_payment(version: str) -> None:
    async with open_till(version) as till:
        session = await till.bought()
        state = await till.gateway.fetch_checkout(session)
        assert state is not None
        assert state.paid
        assert state.event is not None
        heard = [await till.event("checkout.session.completed"), await till.event("invoice.paid"), state.event]
        assert {each.kind for each in heard} == {Kind.PAYMENT_COMPLETED}
        assert len({each.payment_key for each in heard}) == 1
        assert len({each.event_key for each in heard}) == 3
        assert {each.amount for each in heard} == {EUR}
        assert {(each.order_id, each.telegram_id) for each in heard} == {("ord_1", 7001)}
        assert len({each.subscription_ref for each in heard}) == 1
        periods = {(each.period_start, each.period_end) for each in heard[1:]}
        assert len(periods) == 1
        start, end = periods.pop()
        assert start is not None
        assert end is not None
        assert timedelta(days=28) <= end - start <= timedelta(days=31)


async def test_a_plan_paid_once(till: Till) -> None:
    session = await till.bought(interval=None)
    told = await till.event("checkout.session.completed")
    state = await till.gateway.fetch_checkout(session)
    assert state is not None
    assert state.event is not None
    assert told.payment_key is not None
    assert told.payment_key.startswith("pi_")
    assert (told.kind, told.payment_key) == (Kind.PAYMENT_COMPLETED, state.event.payment_key)
    assert told.subscription_ref is None


async def test_a_trial_activates_without_money(till: Till) -> None:
    ref = await till.subscribed(trial_days=7)
    told = await till.event("checkout.session.completed")
    assert (told.kind, told.amount, told.payment_key) == (Kind.SUBSCRIPTION_ACTIVATED, None, None)
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert found.status is ProviderStatus.TRIALING


async def test_yen_have_no_decimals(till: Till) -> None:
    await till.bought(amount=Money(3000, "JPY"))
    assert (await till.event("invoice.paid")).amount == Money(3000, "JPY")


# --- the life of a subscription


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_renewal(version: str) -> None:
    async with open_till(version) as till:
        ref = await till.subscribed()
        first = await till.event("invoice.paid")
        await till.shop.act(ref, "renew")
        second = await till.event("invoice.paid", 1)
        assert (second.kind, second.is_renewal, second.subscription_ref) == (Kind.PAYMENT_COMPLETED, True, ref)
        assert second.payment_key != first.payment_key
        assert second.period_start == first.period_end
        found = await till.gateway.fetch_subscription(ref)
        assert found is not None
        assert found.current_period_end == second.period_end


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_renewal_that_fails(version: str) -> None:
    async with open_till(version) as till:
        ref = await till.subscribed()
        await till.shop.act(ref, "fail_payment")
        await till.shop.act(ref, "renew")
        told = await till.event("invoice.payment_failed")
        assert (told.kind, told.final, told.is_renewal) == (Kind.PAYMENT_FAILED, False, True)
        assert (told.subscription_ref, told.order_id, told.amount) == (ref, "ord_1", EUR)
        found = await till.gateway.fetch_subscription(ref)
        assert found is not None
        assert found.status is ProviderStatus.PAST_DUE


async def test_cancel_at_period_end_and_take_it_back(till: Till) -> None:
    ref = await till.subscribed()
    assert await till.gateway.cancel_subscription(ref) is True
    assert await till.gateway.cancel_subscription(ref) is True
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert (found.status, found.cancel_at_period_end) == (ProviderStatus.ACTIVE, True)
    assert found.cancel_at == found.current_period_end
    told = await till.event("customer.subscription.updated")
    assert (told.kind, told.cancel_at) == (Kind.SUBSCRIPTION_UPDATED, found.current_period_end)
    assert await till.gateway.resume_subscription(ref) is True
    assert await till.gateway.resume_subscription(ref) is True
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert found.cancel_at_period_end is False


async def test_an_end_set_in_the_portal_counts_and_can_be_taken_back(till: Till) -> None:
    ref = await till.subscribed()
    at = int((till.shop.world.clock.now() + timedelta(days=3)).timestamp())
    await till.shop.client.v1.subscriptions.update_async(ref, {"cancel_at": at})
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert found.cancel_at_period_end is True
    assert await till.gateway.resume_subscription(ref) is True
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert (found.cancel_at_period_end, found.cancel_at) == (False, None)


@pytest.mark.parametrize("at_period_end", [True, False])
async def test_cancel_now_and_again(till: Till, at_period_end: bool) -> None:
    ref = await till.subscribed()
    assert await till.gateway.cancel_subscription(ref, at_period_end=False) is True
    assert await till.gateway.cancel_subscription(ref, at_period_end=at_period_end) is True
    assert await till.gateway.resume_subscription(ref) is False
    told = await till.event("customer.subscription.deleted")
    assert (told.kind, told.subscription_ref, told.final) == (Kind.SUBSCRIPTION_CANCELED, ref, True)
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert found.status is ProviderStatus.ENDED


async def test_an_unknown_subscription(till: Till) -> None:
    for ref in ("sub_gone", "", "cus_1", "../customers"):
        assert await till.gateway.fetch_subscription(ref) is None
        assert await till.gateway.cancel_subscription(ref) is False
        assert await till.gateway.cancel_subscription(ref, at_period_end=False) is False
        assert await till.gateway.resume_subscription(ref) is False


async def test_paused_and_resumed(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "pause")
    assert (await till.event("customer.subscription.paused")).kind is Kind.SUBSCRIPTION_PAUSED
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert found.status is ProviderStatus.PAUSED
    await till.shop.act(ref, "resume")
    assert (await till.event("customer.subscription.resumed")).kind is Kind.SUBSCRIPTION_UPDATED


# --- money back


async def test_a_refund_finds_its_payment_in_both_directions(till: Till) -> None:
    await till.subscribed()
    paid = await till.event("invoice.paid")
    assert paid.payment_key is not None
    assert await till.gateway.refund_payment(paid.payment_key, Money(1000, "EUR"), idempotency_key="refund:1") is True
    told = await till.event("refund.created")
    assert (told.kind, told.amount_refunded, told.order_id) == (Kind.REFUND, Money(1000, "EUR"), None)
    whole = await till.gateway.complete_event(told)
    assert whole.about_payment == paid.payment_key
    assert (whole.order_id, whole.telegram_id, whole.subscription_ref) == ("ord_1", 7001, paid.subscription_ref)
    assert (whole.payment_key, whole.amount_refunded) == (told.payment_key, told.amount_refunded)
    assert await till.gateway.refund_payment(paid.payment_key, None, idempotency_key="refund:2") is True
    assert (await till.event("refund.created", 1)).amount_refunded == Money(1999, "EUR")
    assert await till.gateway.refund_payment(paid.payment_key, None, idempotency_key="refund:3") is True


async def test_one_refund_key_gives_money_back_once(till: Till) -> None:
    await till.subscribed()
    paid = await till.event("invoice.paid")
    assert paid.payment_key is not None
    for _ in range(3):
        assert await till.gateway.refund_payment(paid.payment_key, Money(500, "EUR"), idempotency_key="refund:1")
    refunds = await till.shop.client.v1.refunds.list_async()
    assert [refund.amount for refund in refunds.data] == [500]


async def test_a_refund_of_a_plan_paid_once(till: Till) -> None:
    await till.bought(interval=None)
    paid = await till.event("checkout.session.completed")
    assert paid.payment_key is not None
    assert await till.gateway.refund_payment(paid.payment_key, None, idempotency_key="refund:1") is True
    whole = await till.gateway.complete_event(await till.event("refund.created"))
    assert (whole.about_payment, whole.order_id, whole.telegram_id) == (paid.payment_key, "ord_1", 7001)


async def test_a_refund_of_nothing_we_know(till: Till) -> None:
    for key in ("in_gone", "pi_gone", "re_1", ""):
        assert await till.gateway.refund_payment(key, None, idempotency_key=f"refund:{key}") is False


async def test_a_dispute_from_opening_to_the_decision(till: Till) -> None:
    ref = await till.subscribed()
    paid = await till.event("invoice.paid")
    await till.shop.act(ref, "dispute")
    opened = await till.gateway.complete_event(await till.event("charge.dispute.created"))
    assert (opened.kind, opened.about_payment, opened.amount) == (Kind.DISPUTE_OPENED, paid.payment_key, EUR)
    assert opened.subscription_ref == ref
    await till.shop.act(ref, "lose_dispute")
    closed = await till.gateway.complete_event(await till.event("charge.dispute.closed"))
    assert (closed.kind, closed.reason, closed.payment_key) == (Kind.DISPUTE_CLOSED, "lost", opened.payment_key)


async def test_an_event_that_lacks_nothing_stays_as_it_is(till: Till) -> None:
    await till.subscribed()
    paid = await till.event("invoice.paid")
    assert await till.gateway.complete_event(paid) is paid


# --- prices


async def test_a_price_is_made_once_and_found_again(till: Till) -> None:
    first = await till.gateway.ensure_price(MONTHLY)
    assert await till.gateway.ensure_price(MONTHLY) == first
    price = await till.shop.client.v1.prices.retrieve_async(first)
    assert (price.unit_amount, price.currency, price.product) == (2999, "eur", "umbral_retabet")
    assert price.recurring is not None
    assert (price.recurring.interval, price.recurring.interval_count) == ("month", 1)


async def test_another_amount_period_or_currency_is_another_price(till: Till) -> None:
    requests = [
        MONTHLY,
        replace(MONTHLY, amount=Money(3999, "EUR")),
        replace(MONTHLY, amount=Money(2999, "USD")),
        replace(MONTHLY, interval_count=3),
        replace(MONTHLY, interval=Interval.YEAR),
        replace(MONTHLY, recurring=False, interval=None),
        replace(MONTHLY, plan="sportium", name="Sportium"),
    ]
    made = [await till.gateway.ensure_price(request) for request in requests]
    assert len(set(made)) == len(requests)
    assert [await till.gateway.ensure_price(request) for request in requests] == made


async def test_a_price_that_was_archived_by_hand_is_used_again(till: Till) -> None:
    first = await till.gateway.ensure_price(MONTHLY)
    await till.shop.client.v1.prices.update_async(first, {"active": False})
    assert await till.gateway.ensure_price(MONTHLY) == first
    assert (await till.shop.client.v1.prices.retrieve_async(first)).active is True


async def test_a_name_that_was_moved_to_another_price_is_taken_back(till: Till) -> None:
    first = await till.gateway.ensure_price(MONTHLY)
    known = await till.shop.client.v1.prices.retrieve_async(first)
    wrong = await till.shop.client.v1.prices.create_async(
        {
            "product": "umbral_retabet",
            "currency": "eur",
            "unit_amount": 1,
            "lookup_key": known.lookup_key or "",
            "transfer_lookup_key": True,
        }
    )
    again = await till.gateway.ensure_price(MONTHLY)
    assert again not in {first, wrong.id}
    assert await till.gateway.ensure_price(MONTHLY) == again


async def test_a_renamed_plan_renames_its_product(till: Till) -> None:
    await till.gateway.ensure_price(MONTHLY)
    await till.gateway.ensure_price(replace(MONTHLY, name="Retabet Oro"))
    assert (await till.shop.client.v1.products.retrieve_async("umbral_retabet")).name == "Retabet Oro"


async def test_the_price_object_is_what_the_checkout_asks(till: Till) -> None:
    price = await till.gateway.ensure_price(MONTHLY)
    found = await till.gateway.fetch_subscription(await till.subscribed(price_ref=price))
    assert found is not None
    assert (found.price_ref, found.order_id, found.telegram_id) == (price, "ord_1", 7001)


# --- refusals


async def test_a_wrong_key_is_told_without_showing_it(till: Till) -> None:
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


async def test_no_error_of_the_library_gets_out(till: Till) -> None:
    with pytest.raises(GatewayRejected) as caught:
        await till.gateway.create_checkout_session(till.request(success_url="nowhere"))
    assert not isinstance(caught.value, sdk.StripeError)
    assert "param success_url" in str(caught.value)
