"""Behaviors about calls to the provider that are repeated, refused or unanswered, and about fifty
simultaneous calls.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from subscriptions.domain.ports.payment_gateway import (
    Capability,
    GatewayAuthError,
    GatewayError,
    GatewayRejected,
    GatewayUnavailable,
    PaymentGateway,
)
from umbral.testing.kit.behaviour import NotApplicable, Violated, behaviour, must, placed
from umbral.testing.kit.buying import a_request, buy, checkouts, look_at, subscription_of
from umbral.testing.kit.hurry import in_a_hurry
from umbral.testing.kit.stage import Stage
from umbral.testing.kit.trying import note
from umbral.testing.kit.wires import silent_wire

CROWD: Final = 50
WAIT_S: Final = 7
PATIENCE: Final = timedelta(seconds=60)
UNKNOWN_REF: Final = "conformance-unknown"
_SIGNING_IN: Final = ("token", "oauth", "login", "auth")


@behaviour(21, "one idempotency key makes one checkout, also when asked five times at once")
async def one_checkout(stage: Stage) -> None:
    request = await a_request(stage)
    before = len(await checkouts(stage))
    first = await stage.gateway.create_checkout_session(request)
    others = await asyncio.gather(*(stage.gateway.create_checkout_session(request) for _ in range(5)))
    must({each.id for each in others} == {first.id}, "the same key gave another checkout")
    for each in (first, *others):
        await look_at(stage, each.url)
    made = len(await checkouts(stage)) - before
    # A link to an invoice in the chat is not a checkout; the order is checked when a customer pays it.
    must(made == 1 or stage.has(Capability.IN_CHAT), f"the same key made {made} checkouts at the provider")


@behaviour(22, "a provider that refuses, fails or babbles is told as what it is")
async def tells_refusals(stage: Stage) -> None:
    for code in (400, 401, 403):
        error = await _error_of(stage, {"do": "error", "code": code})
        must(isinstance(error, GatewayRejected), f"{code} becomes {type(error).__name__}, not GatewayRejected")
        if code == 401:
            must(isinstance(error, GatewayAuthError), "401 is not told as GatewayAuthError")
    outages: list[dict[str, object]] = [{"do": "error", "code": 500}, {"do": "error", "code": 503}]
    outages.append({"do": "drop_before"})
    for fault in outages:
        error = await _error_of(stage, fault)
        must(isinstance(error, GatewayUnavailable), f"{fault} becomes {type(error).__name__}, not GatewayUnavailable")
    flooded = await _error_of(stage, {"do": "flood", "seconds": WAIT_S})
    if not isinstance(flooded, GatewayUnavailable):
        raise Violated(f"429 becomes {type(flooded).__name__}, not GatewayUnavailable")
    must(flooded.delay == timedelta(seconds=WAIT_S), f"Retry-After: {WAIT_S} is told as after={flooded.delay}")
    await _error_of(stage, {"do": "garbage"})


async def _error_of(stage: Stage, fault: dict[str, object]) -> GatewayError:
    request = await a_request(stage)
    gateway = stage.make()
    async with stage.faults(fault):
        calls = len(await stage.calls())
        error = await _raised(stage, gateway.create_checkout_session(request), str(fault))
        if error is None and len(await stage.calls()) == calls:
            raise NotApplicable("it makes a checkout without asking anybody")
    if error is None:
        raise Violated(f"with {fault}, a checkout is made all the same")
    return error


async def _raised(stage: Stage, call: Awaitable[object], what: str) -> GatewayError | None:
    try:
        await call
    except (GatewayRejected, GatewayUnavailable) as error:
        note(stage, error)
        must(str(error), f"{what}: an error without words")
        return error
    except Exception as error:  # Any other exception is the fault that this check looks for.
        raise Violated(f"{what}: {placed(error)} got out of the gateway") from error
    return None


@behaviour(23, "a provider that says nothing is given up, in our own time")
async def hung_provider(stage: Stage) -> None:
    request = await a_request(stage)
    async with silent_wire() as wire:
        environ = wire.instead_of(stage.sandbox.url, stage.environ)

        async def ask() -> object:
            gateway = stage.build(environ)
            try:
                async with asyncio.timeout(PATIENCE.total_seconds()):
                    return await gateway.create_checkout_session(request)
            except TimeoutError:
                return Violated(f"after {PATIENCE.total_seconds():.0f} s it still waits for a provider that hangs")
            except GatewayUnavailable as given_up:
                return given_up
            except Exception as error:  # Any other exception is the fault that this check looks for.
                return Violated(f"{placed(error)} got out of the gateway")
            finally:
                await gateway.aclose()

        outcome = await asyncio.to_thread(in_a_hurry, ask)
        if isinstance(outcome, Violated):
            raise outcome
        if isinstance(outcome, GatewayUnavailable):
            # On a machine slower than the accelerated loop, the call may time out before the wire received it.
            return
        must(wire.opened == 0, "a checkout is made by a provider that says nothing")
        raise NotApplicable("it makes a checkout without asking anybody")


@behaviour(24, "canceling: done, done before, unknown, out of reach", Capability.RECURRING)
async def canceling(stage: Stage) -> None:
    ref = await subscription_of(stage, await buy(stage))
    cancel = stage.gateway.cancel_subscription
    for strange in (UNKNOWN_REF, f"{ref[:-1]}{'0' if ref[-1] != '0' else '1'}", ""):
        must(await cancel(strange) is False, "an unknown subscription is not answered with False")
    async with stage.faults({"do": "error", "code": 503}):
        error = await _raised(stage, stage.make().cancel_subscription(ref), "503")
        must(isinstance(error, GatewayUnavailable), "out of reach, canceling does not raise GatewayUnavailable")
    must(await cancel(ref) is True, "canceling is not answered with True")
    must(await cancel(ref) is True, "canceling again is not answered with True")


@behaviour(36, "fifty calls at once sign in once")
async def one_sign_in(stage: Stage) -> None:
    calls = await _fifty(stage)
    gateway = stage.make()
    after = max([each["id"] for each in await stage.calls()], default=0)
    await asyncio.gather(*calls(gateway))
    made = Counter(_path(each) for each in await stage.calls(after) if each["protocol"] == stage.code)
    aside = {path: times for path, times in made.items() if times < CROWD or _signs_in(path)}
    if not aside:
        raise NotApplicable("it does not sign in before it asks")
    for path, times in aside.items():
        must(times == 1, f"fifty calls at once made {path} {times} times")


async def _fifty(stage: Stage) -> Callable[[PaymentGateway], list[Coroutine[Any, Any, object]]]:
    """Return a function that creates fifty calls: equal fetches if the gateway supports them, otherwise checkouts."""
    if stage.has(Capability.RECURRING, Capability.FETCH):
        ref = await subscription_of(stage, await buy(stage))
        return lambda gateway: [gateway.fetch_subscription(ref) for _ in range(CROWD)]
    first = await a_request(stage)
    orders = [str(uuid4()) for _ in range(CROWD)]
    requests = [replace(first, order_id=each, idempotency_key=f"checkout:{each}:1") for each in orders]
    return lambda gateway: [gateway.create_checkout_session(each) for each in requests]


def _signs_in(path: str) -> bool:
    return any(word in path.lower() for word in _SIGNING_IN)


def _path(call: dict[str, Any]) -> str:
    return str(call["method"])
