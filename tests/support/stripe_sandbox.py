"""The sandbox's Stripe on a free port, Stripe's official client, and a receiver of its webhooks."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import stripe
from fastapi import FastAPI, Request, Response

from tests.support.payment_shop import PaymentShop, payment_world

KEY = "sk_test_51TheShopsOwnKeyForTests"
SECRET = "whsec_forTheTestsReceiverOnly"
SUCCESS = "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}"


@dataclass
class Receiver:
    """Webhook receiver that records the webhooks and responds with a configurable status."""

    url: str = ""
    status: int = 200
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/hook")
        async def hook(request: Request) -> Response:
            self.bodies.append(await request.body())
            self.headers.append(dict(request.headers))
            return Response("noted" if self.status == 200 else "no", self.status)

        return app

    def verified(self) -> list[dict[str, Any]]:
        """Return the events whose signature the official library accepts, in order of arrival."""
        events = []
        for body, headers in zip(self.bodies, self.headers, strict=True):
            with contextlib.suppress(stripe.SignatureVerificationError):
                stripe.WebhookSignature.verify_header(body.decode(), headers["stripe-signature"], SECRET, None)
                events.append(json.loads(body))
        return events

    def of(self, event_type: str) -> list[dict[str, Any]]:
        """Return the correctly signed events of one type."""
        return [each for each in self.verified() if each["type"] == event_type]


@dataclass
class Shop(PaymentShop):
    """A seller with an account at the simulated provider."""

    provider = "stripe"

    receiver: Receiver
    client: stripe.StripeClient

    async def price(self, amount: int = 2999, currency: str = "eur", **recurring: Any) -> stripe.Price:
        product = await self.client.v1.products.create_async({"name": "Retabet"})
        return await self.client.v1.prices.create_async(
            {
                "product": product.id,
                "currency": currency,
                "unit_amount": amount,
                "recurring": {"interval": "month", **recurring},
            }
        )

    async def checkout(self, price: stripe.Price | None = None, **params: Any) -> stripe.checkout.Session:
        price = price or await self.price()
        given: Any = {
            "mode": "subscription",
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": SUCCESS,
            "cancel_url": "https://shop.example/back",
            "client_reference_id": "order-1",
            "metadata": {"order": "order-1"},
            "subscription_data": {"metadata": {"telegram_id": "7"}},
            **params,
        }
        return await self.client.v1.checkout.sessions.create_async({k: v for k, v in given.items() if v is not None})

    async def subscribed(self, **params: Any) -> stripe.Subscription:
        """Create a subscription, pay for it on the hosted page, and return it."""
        session = await self.checkout(**params)
        await self.control("POST", f"checkouts/{session.id}/pay")
        done = await self.client.v1.checkout.sessions.retrieve_async(session.id)
        return await self.client.v1.subscriptions.retrieve_async(str(done.subscription))

    async def new_card(self, ref: str) -> None:
        """Enter a working card in the billing portal. The open invoice is charged at the next retry."""
        subscription = await self.client.v1.subscriptions.retrieve_async(ref)
        visit = await self.client.v1.billing_portal.sessions.create_async({"customer": str(subscription.customer)})
        await self.http.post(f"{visit.url}/card", data={"subscription": ref})

    async def received(self, event_type: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait for the given number of correctly signed events of a type, and return all of them."""
        await self.until(lambda: len(self.receiver.of(event_type)) >= count)
        return self.receiver.of(event_type)


@contextlib.asynccontextmanager
async def running_shop(path: Path | None = None, api_version: str | None = None) -> AsyncIterator[Shop]:
    """Run a world with payment providers only, a webhook receiver, and the official client."""
    receiver = Receiver()
    async with payment_world(receiver.app(), path) as world, contextlib.AsyncExitStack() as stack:
        receiver.url = world.hook
        pool = stripe.HTTPXClient()
        stack.push_async_callback(pool.close_async)
        client = stripe.StripeClient(
            KEY,
            base_addresses=dict.fromkeys(("api", "files"), f"{world.url}/stripe"),
            http_client=pool,
            max_network_retries=2,
        )
        shop = Shop(**vars(world), receiver=receiver, client=client)
        options = {"secret_key": KEY, "webhook_url": receiver.url, "webhook_secret": SECRET}
        await shop.control("POST", "providers/stripe", options | ({"api_version": api_version} if api_version else {}))
        yield shop
