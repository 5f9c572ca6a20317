"""A world with payment providers only, driven through the control interface and shared by the tests of
all providers.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
from fastapi import FastAPI

from tests.support.plain_http import plain_http
from umbral_sandbox.control import control_app
from umbral_sandbox.control.access import Room
from umbral_sandbox.listener import Listener, bound_socket
from umbral_sandbox.payments.registry import Payments, payments_of
from umbral_sandbox.world.world import World


@dataclass
class PaymentWorld:
    """A running world with payment providers. hook: URL at which webhooks are received."""

    url: str
    hook: str
    world: World
    payments: Payments
    http: httpx.AsyncClient


@dataclass
class PaymentShop(PaymentWorld):
    """A seller with an account at one simulated provider. provider: the provider's code."""

    provider: ClassVar[str]

    async def control(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        """Call the control interface and return the response's JSON. Asserts that the response has the given status."""
        answer = await self.http.request(method, f"{self.url}/control/{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def act(self, subscription: str, action: str, body: object = None, status: int = 200) -> Any:
        """Perform an action on a subscription at the provider."""
        return await self.control("POST", f"subscriptions/{self.provider}/{subscription}/{action}", body, status)

    async def advance(self, **by: float) -> None:
        """Advance the world's clock."""
        await self.world.advance(timedelta(**by))

    async def until(self, condition: Callable[[], bool], seconds: float = 90.0) -> None:
        """Wait for a condition. Raises TimeoutError if it does not become true in time."""
        async with asyncio.timeout(seconds):
            while not condition():
                await self.world.feed.wait(0.05)


@contextlib.asynccontextmanager
async def payment_world(receiver: FastAPI, path: Path | None = None) -> AsyncIterator[PaymentWorld]:
    """Run every provider's simulator on a free port with a running clock. The application `receiver` receives the
    webhooks at `/hook`.
    """
    async with contextlib.AsyncExitStack() as stack:
        world = World(path)
        stack.callback(world.close)
        payments = payments_of(world)
        hook = await stack.enter_async_context(served(receiver)) + "/hook"
        app = FastAPI()
        app.mount("/control", control_app(Room(world, demo=False)))
        for router in payments.routers():
            app.include_router(router)
        url = await stack.enter_async_context(served(app))
        await payments.start()
        stack.push_async_callback(payments.stop)
        stack.callback(world.feed.close)
        ticking = asyncio.create_task(world.run())
        stack.push_async_callback(lambda: asyncio.gather(ticking, return_exceptions=True))
        stack.callback(ticking.cancel)
        http = await stack.enter_async_context(plain_http())
        yield PaymentWorld(url, hook, world, payments, http)


@contextlib.asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """Serve an application on a free port and yield its URL."""
    listening = bound_socket("127.0.0.1", 0)
    listener = Listener(app, listening)
    await listener.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        await listener.stop()
