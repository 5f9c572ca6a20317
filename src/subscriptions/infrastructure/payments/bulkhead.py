"""Providers' calls while people wait in a chat: so many at once and no longer than so long, so that one slow provider
holds up its own customers alone. One that fails again and again is left in peace for a while, and says so at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from subscriptions.domain.ports.payment_gateway import (
    GatewayRejected,
    GatewayUnavailable,
    PaymentGateway,
    UnreadableAnswer,
)
from subscriptions.infrastructure.fair_semaphore import step_aside
from subscriptions.infrastructure.tally import BREAKER, count
from subscriptions.infrastructure.wrapping import wrap

WIDTH: Final = 40
"""Calls to one provider at once; less than half of what the bot does at once."""
LONGEST_S: Final = 30.0
FAILURES: Final = 5
REST_S: Final = 15.0

T = TypeVar("T")


class Bulkhead:
    """One provider's. After `FAILURES` in a row a call is let through each `REST_S`, until one is answered.

    A refusal is an answer, and so is one that cannot be read: it may be about one person's object alone.
    """

    def __init__(self, provider: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._provider = provider
        self._clock = clock
        self._count = 0
        self._failures = 0
        self._next_try = 0.0

    async def run(self, call: Callable[[], Awaitable[T]]) -> T:
        """What `call` gives. Raises GatewayUnavailable at once where there is no place or no hope."""
        if self._count >= WIDTH:
            raise GatewayUnavailable(self._provider, "too many wait for it already")
        if self._failures >= FAILURES:
            if self._clock() < self._next_try:
                raise GatewayUnavailable(self._provider, "it has not answered lately, and is asked again in a moment")
            self._next_try = self._clock() + REST_S
        self._count += 1
        step_aside()
        try:
            async with asyncio.timeout(LONGEST_S):
                result = await call()
        except TimeoutError:
            self._count_failure()
            raise GatewayUnavailable(self._provider, f"no answer within {LONGEST_S:.0f} s") from None
        except (GatewayRejected, UnreadableAnswer):
            self._failures = 0
            raise
        except GatewayUnavailable:
            self._count_failure()
            raise
        finally:
            self._count -= 1
        self._failures = 0
        return result

    def _count_failure(self) -> None:
        self._failures += 1
        if self._failures == FAILURES:
            count(BREAKER, self._provider)
        self._next_try = self._clock() + REST_S


def guard_calls(gateway: PaymentGateway) -> PaymentGateway:
    """The same gateway with the same abilities, each of its calls within one bulkhead."""
    bulkhead = Bulkhead(gateway.name)

    async def run(_: str, ask: Callable[[], Awaitable[T]]) -> T:
        return await bulkhead.run(ask)

    return wrap(gateway, run, "Guarded")
