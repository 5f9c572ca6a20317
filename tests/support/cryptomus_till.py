"""The gateway connected to the sandbox's Cryptomus on a free port. Tests press the buttons of the checkout pages and
receive the provider's webhooks.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    CheckoutSession,
    MalformedWebhook,
    PaymentEvent,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.cryptomus import load
from subscriptions.infrastructure.payments.cryptomus.gateway import CryptomusGateway
from subscriptions.infrastructure.payments.cryptomus.settings import CryptomusSettings
from tests.support.cryptomus import ORDER, monthly, request_for
from tests.support.cryptomus_sandbox_http import Receiver
from tests.support.payment_shop import PaymentShop, payment_world
from umbral_sandbox.world.world import World

WAIT_SECONDS = 90.0


@dataclass
class Shop(PaymentShop):
    """A merchant with an account at the simulated provider, and a gateway connected to it."""

    provider = "cryptomus"

    receiver: Receiver
    settings: CryptomusSettings
    gateway: CryptomusGateway
    checkouts: int = 0

    def now(self) -> datetime:
        """Return the world's current time."""
        return self.world.clock.now()

    def request(self, **changes: Any) -> CheckoutRequest:
        """Return a checkout request for a one-time plan, with a new idempotency key."""
        return request_for(**{**self._fresh(), **changes})

    def monthly(self, **changes: Any) -> CheckoutRequest:
        """Return a checkout request for a monthly plan, with a new idempotency key."""
        return monthly(**{**self._fresh(), **changes})

    async def press(self, session: CheckoutSession, button: str) -> None:
        """Press a button of a checkout's hosted page."""
        await self.press_at(session.url, button)

    async def press_at(self, url: str, button: str) -> None:
        """Press a button of the hosted page at a URL."""
        answer = await self.http.post(f"{url}/{button}")
        assert answer.status_code < 400, answer.text

    async def reported(self, session: CheckoutSession, raw_type: str) -> PaymentEvent:
        """Wait for a webhook of the given type about a checkout, and return its verified event after the gateway has
        completed it with facts fetched from the provider.
        """
        return (await self.completed_events(session, raw_type, 1))[-1]

    async def completed_events(self, session: CheckoutSession, raw_type: str, count: int) -> list[PaymentEvent]:
        """Wait for the given number of webhooks of a type about a checkout, and return their events, completed as by
        `reported`.
        """
        return [
            await self.gateway.complete_event(event)
            for event in await self.verified_events(session.id, raw_type, count)
        ]

    async def verified_events(self, session: str, raw_type: str, count: int = 1) -> list[PaymentEvent]:
        """Wait for the given number of webhooks of a type about a checkout, and return their verified events before
        completion.
        """
        async with asyncio.timeout(WAIT_SECONDS):
            while len(found := await self._read(session, raw_type)) < count:
                await self.world.feed.wait(0.05)
        return found

    def _fresh(self) -> dict[str, Any]:
        self.checkouts += 1
        key = f"checkout:{ORDER}:{self.checkouts}"
        return {"expires_at": self.now() + timedelta(minutes=35), "idempotency_key": key}

    async def _read(self, session: str, raw_type: str) -> list[PaymentEvent]:
        found = []
        for body in list(self.receiver.bodies):
            with contextlib.suppress(MalformedWebhook):
                request = WebhookRequest(headers={}, body=body, received_at=self.now())
                found.append(await self.gateway.parse_webhook(request))
        return [
            event for event in found if event.raw_type == raw_type and (event.checkout_ref or "").startswith(session)
        ]


@contextlib.asynccontextmanager
async def running_shop(*, recurrence: bool = False) -> AsyncIterator[Shop]:
    """Run a world with payment providers only, a webhook receiver, and a gateway with the settings of a new account.

    recurrence: True to enable recurring payments in the settings.
    """
    receiver = Receiver()
    async with payment_world(receiver.app()) as world:
        account = {"display_name": "Retador", "webhook_url": world.hook}
        opened = await world.http.post(f"{world.url}/control/providers/cryptomus/demo", json=account)
        settings = CryptomusSettings.from_environ(
            {
                **opened.json()["settings"],
                "CRYPTOMUS_CALLBACK_URL": world.hook,
                "CRYPTOMUS_RECURRENCE": "on" if recurrence else "off",
            }
        )
        assert settings is not None
        gateway = load(settings, _ClockOf(world.world))
        assert isinstance(gateway, CryptomusGateway)
        try:
            yield Shop(**vars(world), receiver=receiver, settings=settings, gateway=gateway)
        finally:
            await gateway.aclose()


@dataclass
class _ClockOf:
    world: World

    def now(self) -> datetime:
        return self.world.clock.now()

    async def confirm(self) -> datetime:
        return self.world.clock.now()
