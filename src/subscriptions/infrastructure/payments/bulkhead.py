"""Limits on calls to a provider while customers wait in the chat.

The number of concurrent calls and the duration of each call are limited, so that a slow provider only delays its own
customers. A provider that fails repeatedly is not called for a while; calls to it then fail immediately.
"""

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
"""Maximum number of concurrent calls to one provider, which is less than half of the bot's concurrency."""
LONGEST_S: Final = 30.0
FAILURES: Final = 5
REST_S: Final = 15.0

T = TypeVar("T")


class Bulkhead:
    """Limits on the calls to one provider. After `FAILURES` failures in a row, only one call every `REST_S` seconds is
    tried until one succeeds.

    A refusal or an unreadable answer does not count as a failure, because it may concern a single customer's object.
    """

    def __init__(self, provider: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._provider = provider
        self._clock = clock
        self._count = 0
        self._failures = 0
        self._next_try = 0.0

    async def run(self, call: Callable[[], Awaitable[T]]) -> T:
        """Run `call` and return its result. Raises GatewayUnavailable immediately if no slot is free or the provider is
        failing, and after `LONGEST_S` seconds without a result.
        """
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
    """Wrap a gateway so that all its calls share one bulkhead. The capabilities stay the same."""
    bulkhead = Bulkhead(gateway.name)

    async def run(_: str, ask: Callable[[], Awaitable[T]]) -> T:
        return await bulkhead.run(ask)

    return wrap(gateway, run, "Guarded")
