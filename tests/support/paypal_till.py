"""The product's PayPal gateway connected to the sandbox's PayPal, shared by the tests of both."""

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
    SubscriptionSnapshot,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.paypal import CAPABILITIES
from subscriptions.infrastructure.payments.paypal.amounts import CURRENCIES
from subscriptions.infrastructure.payments.paypal.gateway import PayPalGateway
from subscriptions.infrastructure.payments.paypal.settings import PayPalSettings
from tests.support.paypal import ORDER, PERSON
from tests.support.paypal_sandbox import PayPalShop, running_paypal

Kind = PaymentEventKind
EUR = Money(2999, "EUR")
MONTHLY = PriceRequest(
    plan="retabet",
    name="Retador · Retabet",
    description="Picks",
    amount=EUR,
    recurring=True,
    interval=Interval.MONTH,
    interval_count=1,
)
ONCE = replace(MONTHLY, plan="vip-mensual", recurring=False, interval=None)


@dataclass
class ShopClock:
    """Implementation of the product's `Clock` port by the sandbox's clock."""

    shop: PayPalShop

    def now(self) -> datetime:
        """Return the world's current time."""
        return self.shop.world.clock.now()

    async def confirm(self) -> datetime:
        """Return the world's current time, because this clock is always correct."""
        return self.now()


class TillGateway(PayPalGateway):
    """PayPal gateway with the attribute `currencies`, which the tests' in-memory registry reads instead of the
    gateway's descriptor.
    """

    currencies = CURRENCIES


@dataclass
class Till:
    """The gateway, its account at the sandbox, and the webhooks received so far."""

    shop: PayPalShop
    gateway: TillGateway

    def request(self, **changes: Any) -> CheckoutRequest:
        """Return a checkout request for a one-time plan, with the given fields replaced."""
        wanted = CheckoutRequest(
            order_id=ORDER,
            telegram_id=PERSON,
            plan="retabet",
            plan_id="7c9e6679-7425-40de-944b-e07fc1f90ae7",
            description="Retador · Retabet",
            price_ref=None,
            amount=EUR,
            interval=None,
            interval_count=1,
            trial_days=0,
            success_url="https://shop.example/thanks",
            cancel_url="https://shop.example/back",
            customer_ref=None,
            locale="es",
            expires_at=self.shop.world.clock.now() + timedelta(minutes=35),
            idempotency_key=f"checkout:{ORDER}:1",
        )
        return replace(wanted, **changes)

    async def monthly(self, **changes: Any) -> CheckoutRequest:
        """Return a checkout request for a monthly plan, after creating the billing plan."""
        price_ref = await self.gateway.ensure_price(MONTHLY)
        return self.request(price_ref=price_ref, interval=Interval.MONTH, **changes)

    async def subscribed(self, **changes: Any) -> str:
        """Create a subscription, approve it as the payer, who thereby pays the amount due, and return its id."""
        session = await self.gateway.create_checkout_session(await self.monthly(**changes))
        await self.shop.control("POST", f"checkouts/{session.id}/pay")
        return session.id

    async def approved(self, **changes: Any) -> str:
        """Create and approve an order, and return its id."""
        session = await self.gateway.create_checkout_session(self.request(**changes))
        await self.shop.control("POST", f"checkouts/{session.id}/pay")
        return session.id

    async def fetched(self, ref: str) -> SubscriptionSnapshot:
        """Return the subscription as the gateway currently reads it."""
        found = await self.gateway.fetch_subscription(ref)
        assert found is not None
        return found

    def _webhooks_of(self, kind: str) -> list[tuple[bytes, dict[str, str]]]:
        receiver = self.shop.receiver
        pairs = zip(list(receiver.bodies), list(receiver.headers), strict=True)
        once = {json.loads(body)["id"]: (body, headers) for body, headers in pairs}
        return [pair for pair in once.values() if json.loads(pair[0])["event_type"] == kind]

    async def reported(self, kind: str, index: int = 0) -> PaymentEvent:
        """Wait for a webhook of the given type and return its event before completion."""
        await self.shop.until(lambda: len(self._webhooks_of(kind)) > index)
        body, headers = self._webhooks_of(kind)[index]
        return await self.gateway.parse_webhook(
            WebhookRequest(headers=headers, body=body, received_at=self.shop.world.clock.now())
        )

    async def event(self, kind: str, index: int = 0) -> PaymentEvent:
        """Wait for a webhook of the given type and return its event, completed by a lookup at PayPal."""
        return await self.gateway.complete_event(await self.reported(kind, index))


@asynccontextmanager
async def open_till(**settings: str) -> AsyncIterator[Till]:
    """Open a gateway with an account at a new sandbox. settings: further settings of the gateway."""
    async with running_paypal() as shop:
        made = PayPalSettings.from_environ({**shop.settings, **settings})
        assert made is not None
        gateway = TillGateway(made, ShopClock(shop), CAPABILITIES)
        try:
            yield Till(shop, gateway)
        finally:
            await gateway.aclose()
