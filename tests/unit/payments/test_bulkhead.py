"""Check that a slow or broken provider delays only its own customers, and is tried again after a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from subscriptions.domain.ports.payment_abilities import FetchesCheckouts, RefundsPayments, TakesChatPayments
from subscriptions.domain.ports.payment_gateway import GatewayError, GatewayRejected, GatewayUnavailable
from subscriptions.infrastructure.payments.bulkhead import FAILURES, REST_S, WIDTH, Bulkhead, guard_calls
from subscriptions.infrastructure.payments.stripe import errors as stripe_errors
from tests.fakes.clock import ManualClock
from tests.fakes.gateway import MemoryGateway
from tests.support import stars


class Time:
    """Clock in seconds that advances only on request."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def answering(outcome: Exception | None) -> Callable[[], Awaitable[str]]:
    async def call() -> str:
        if outcome is not None:
            raise outcome
        return "done"

    return call


AWAY = GatewayUnavailable("memory", "no answer")


async def test_provider_call_beyond_the_limit_is_refused_at_once() -> None:
    bulkhead, gate = Bulkhead("memory"), asyncio.Event()
    waiting = [asyncio.create_task(bulkhead.run(gate.wait)) for _ in range(WIDTH)]
    await asyncio.sleep(0)
    with pytest.raises(GatewayUnavailable, match="too many wait"):
        await bulkhead.run(answering(None))
    gate.set()
    await asyncio.gather(*waiting)
    assert await bulkhead.run(answering(None)) == "done"


async def test_failing_provider_is_not_called_for_a_while_and_then_tried_once() -> None:
    time = Time()
    bulkhead = Bulkhead("memory", time)
    for _ in range(FAILURES):
        with pytest.raises(GatewayUnavailable, match="no answer"):
            await bulkhead.run(answering(AWAY))
    with pytest.raises(GatewayUnavailable, match="lately"):
        await bulkhead.run(answering(None))
    time.now += REST_S
    with pytest.raises(GatewayUnavailable, match="no answer"):
        await bulkhead.run(answering(AWAY))
    with pytest.raises(GatewayUnavailable, match="lately"):
        await bulkhead.run(answering(None))
    time.now += REST_S
    assert await bulkhead.run(answering(None)) == "done"
    assert await bulkhead.run(answering(None)) == "done"


async def test_refusal_by_the_provider_does_not_count_as_a_failure() -> None:
    bulkhead = Bulkhead("memory")
    for _ in range(FAILURES * 2):
        with pytest.raises(GatewayRejected):
            await bulkhead.run(answering(GatewayRejected("memory", "no")))


@pytest.mark.parametrize("answer", [GatewayRejected("memory", "no"), stripe_errors.unreadable("subscription")])
async def test_any_response_resets_the_failure_count(answer: GatewayError) -> None:
    bulkhead = Bulkhead("memory")
    for outcome in (*[AWAY] * (FAILURES - 1), *[answer] * FAILURES, *[AWAY] * (FAILURES - 1)):
        with pytest.raises(type(outcome), match=str(outcome)):
            await bulkhead.run(answering(outcome))
    assert await bulkhead.run(answering(None)) == "done"


async def test_guarded_gateway_keeps_its_capabilities_and_is_blocked_after_repeated_failures() -> None:
    plain = MemoryGateway(ManualClock())
    within = guard_calls(plain)
    assert (within.name, within.capabilities) == (plain.name, plain.capabilities)
    assert isinstance(within, FetchesCheckouts)
    assert not isinstance(within, RefundsPayments)
    plain.errors = [AWAY] * FAILURES
    for _ in range(FAILURES):
        with pytest.raises(GatewayUnavailable, match="no answer"):
            await within.fetch_subscription("x")
    with pytest.raises(GatewayUnavailable, match="lately"):
        await within.cancel_subscription("x")
    of_stars = guard_calls(stars.gateway())
    assert isinstance(of_stars, TakesChatPayments)
    assert isinstance(of_stars, RefundsPayments)
