"""The product's Stripe gateway connected to the sandbox's Stripe, shared by the tests of both."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    PaymentEvent,
    PaymentEventKind,
    PriceRequest,
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
    """Implementation of the product's `Clock` port by the sandbox's clock."""

    shop: Shop

    def now(self) -> datetime:
        """Return the world's current time."""
        return self.shop.world.clock.now()

    async def confirm(self) -> datetime:
        """Return the world's current time, because this clock is always correct."""
        return self.now()


@dataclass
class Till:
    """The gateway, its account at the sandbox, and the webhooks received so far."""

    shop: Shop
    gateway: StripeGateway

    def request(self, **changes: Any) -> CheckoutRequest:
        """Return a checkout request for a monthly plan without a price object."""
        wanted = CheckoutRequest(
            order_id="ord_1",
            telegram_id=7001,
            plan="retabet",
            plan_id="7c9e6679-7425-40de-944b-e07fc1f90ae7",
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
        """Create a checkout, pay it, and return the session's id."""
        session = await self.gateway.create_checkout_session(self.request(**changes))
        await self.shop.control("POST", f"checkouts/{session.id}/pay")
        return session.id

    async def subscribed(self, **changes: Any) -> str:
        """Create a subscription, pay it, and return its id."""
        state = await self.gateway.fetch_checkout(await self.bought(**changes))
        assert state is not None
        assert state.event is not None
        assert state.event.subscription_ref is not None
        return state.event.subscription_ref

    def webhooks_of(self, kind: str) -> list[tuple[bytes, dict[str, str]]]:
        """Return the received webhooks of the given type, each as body and headers."""
        receiver = self.shop.receiver
        pairs = zip(receiver.bodies, receiver.headers, strict=True)
        return [(body, headers) for body, headers in pairs if json.loads(body)["type"] == kind]

    async def event(self, kind: str, index: int = 0) -> PaymentEvent:
        """Wait for a webhook of the given type and return its event before completion."""
        await self.shop.until(lambda: len(self.webhooks_of(kind)) > index)
        body, headers = self.webhooks_of(kind)[index]
        return await self.gateway.parse_webhook(
            WebhookRequest(headers=headers, body=body, received_at=self.shop.world.clock.now())
        )


@asynccontextmanager
async def open_till(api_version: str | None = None, **more: str) -> AsyncIterator[Till]:
    """Open a gateway with an account at a new sandbox, whose webhooks have the format of `api_version`. more: further
    settings of the gateway.
    """
    async with running_shop(api_version=api_version) as shop:
        settings = StripeSettings.from_environ(
            {
                "STRIPE_SECRET_KEY": KEY,
                "STRIPE_WEBHOOK_SECRET": SECRET,
                "STRIPE_API_BASE": f"{shop.url}/stripe",
                **more,
            }
        )
        assert settings is not None
        gateway = StripeGateway(settings, ShopClock(shop), CAPABILITIES)
        try:
            yield Till(shop, gateway)
        finally:
            await gateway.aclose()
