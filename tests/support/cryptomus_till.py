"""The gateway, and the sandbox's Cryptomus on a free port: pages paid by hand, deliveries as they come."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from sandbox.control import control_app
from sandbox.control.payments import payment_control_router
from sandbox.payments.registry import payments_of
from sandbox.world.world import World
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
from tests.support.stripe_sandbox import Receiver, served

WAIT_SECONDS = 20.0


@dataclass
class Shop:
    """A merchant at the stand-in, with our gateway."""

    url: str
    world: World
    receiver: Receiver
    http: httpx.AsyncClient
    settings: CryptomusSettings
    gateway: CryptomusGateway
    checkouts: int = 0

    def now(self) -> datetime:
        """The world's time."""
        return self.world.clock.now()

    def request(self, **changes: Any) -> CheckoutRequest:
        """A checkout of a plan that is paid once, made now under a key of its own."""
        return request_for(**{**self._fresh(), **changes})

    def monthly(self, **changes: Any) -> CheckoutRequest:
        """A checkout of a plan that renews every month, made now under a key of its own."""
        return monthly(**{**self._fresh(), **changes})

    async def control(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        """A call of the control interface."""
        answer = await self.http.request(method, f"{self.url}/control/{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def press(self, session: CheckoutSession, button: str) -> None:
        """A button of the hosted page."""
        await self.press_at(session.url, button)

    async def press_at(self, url: str, button: str) -> None:
        """The same, by its address."""
        answer = await self.http.post(f"{url}/{button}")
        assert answer.status_code < 400, answer.text

    async def advance(self, **by: float) -> None:
        """Move the world's clock."""
        await self.world.advance(timedelta(**by))

    async def told(self, session: CheckoutSession, raw_type: str) -> PaymentEvent:
        """Wait for a delivery of a type about a checkout; it is proven, and confirmed by asking."""
        return (await self.all_told(session, raw_type, 1))[-1]

    async def all_told(self, session: CheckoutSession, raw_type: str, count: int) -> list[PaymentEvent]:
        """Wait for so many of them."""
        return [await self.gateway.complete_event(event) for event in await self.heard(session.id, raw_type, count)]

    async def heard(self, session: str, raw_type: str, count: int = 1) -> list[PaymentEvent]:
        """The same, as they were delivered."""
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
    """A world with nothing but payments in it, a receiver, and the gateway with the settings of a new account."""
    async with contextlib.AsyncExitStack() as stack:
        world = World(None)
        stack.callback(world.close)
        payments = payments_of(world)
        receiver = Receiver()
        receiver.url = await stack.enter_async_context(served(receiver.app())) + "/hook"
        app = FastAPI()
        app.mount("/control", control_app(world, demo=False, routers=[payment_control_router(world)]))
        for router in payments.routers():
            app.include_router(router)
        url = await stack.enter_async_context(served(app))
        await payments.start()
        stack.push_async_callback(payments.stop)
        stack.callback(world.feed.close)
        ticking = asyncio.create_task(world.run())
        stack.push_async_callback(lambda: asyncio.gather(ticking, return_exceptions=True))
        stack.callback(ticking.cancel)
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=20))
        account = {"display_name": "Retador", "webhook_url": receiver.url}
        opened = await http.post(f"{url}/control/providers/cryptomus/demo", json=account)
        settings = CryptomusSettings.from_environ(
            {
                **opened.json()["settings"],
                "CRYPTOMUS_CALLBACK_URL": receiver.url,
                "CRYPTOMUS_RECURRENCE": "on" if recurrence else "off",
            }
        )
        assert settings is not None
        gateway = load(settings, _ClockOf(world))
        assert isinstance(gateway, CryptomusGateway)
        stack.push_async_callback(gateway.aclose)
        yield Shop(url, world, receiver, http, settings, gateway)


@dataclass
class _ClockOf:
    world: World

    def now(self) -> datetime:
        return self.world.clock.now()

    async def confirm(self) -> datetime:
        return self.world.clock.now()
