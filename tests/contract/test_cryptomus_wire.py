"""The Cryptomus gateway against a misbehaving server: every response is turned into an error that the gateway port
declares, within a limited time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ports.payment_gateway import (
    GatewayAuthError,
    GatewayError,
    GatewayRejected,
    GatewayUnavailable,
)
from subscriptions.infrastructure.payments.cryptomus import wire
from subscriptions.infrastructure.payments.cryptomus.gateway import CryptomusGateway
from tests.support.cryptomus import (
    KEY,
    NOW,
    RECURRENCE_UUID,
    UUID,
    FakeClock,
    delivery,
    gateway_for,
    invoice,
    missing,
    monthly,
    recurrence,
    reply,
    request_for,
    speaking,
    webhook,
)

QUOTED = f"No such thing: {KEY} of ana@example.com"


async def confirm(gateway: CryptomusGateway) -> object:
    return await gateway.complete_event(await gateway.parse_webhook(delivery(webhook())))


Act = Callable[[CryptomusGateway], Awaitable[object]]
ACTS: list[tuple[str, Act]] = [
    ("create", lambda gateway: gateway.create_checkout_session(request_for())),
    ("create recurring", lambda gateway: gateway.create_checkout_session(monthly())),
    ("fetch checkout", lambda gateway: gateway.fetch_checkout(UUID)),
    ("fetch", lambda gateway: gateway.fetch_subscription(RECURRENCE_UUID)),
    ("fetch payments", lambda gateway: gateway.fetch_payments(RECURRENCE_UUID, NOW)),
    ("cancel", lambda gateway: gateway.cancel_subscription(RECURRENCE_UUID)),
    ("complete", confirm),
]
acts = pytest.mark.parametrize("act", [act for _, act in ACTS], ids=[name for name, _ in ACTS])
PATHS = ("payment", "payment_info", "recurrence_create", "recurrence_info", "recurrence_cancel")


def everywhere(answer: Any) -> dict[str, Any]:
    return dict.fromkeys(PATHS, answer)


async def failure(act: Act, answer: Any) -> GatewayError:
    async with speaking(recurring=True, **everywhere(answer)) as (gateway, _):
        with pytest.raises(GatewayError) as caught:
            await act(gateway)
    assert KEY not in f"{caught.value!r} {caught.value}"
    assert "ana@example.com" not in f"{caught.value!r} {caught.value}"
    return caught.value


@acts
@pytest.mark.parametrize(
    "answer",
    [
        reply(500, {"message": QUOTED}),
        reply(503, b"<html>busy</html>"),
        reply(429, {"message": QUOTED}),
        reply(200, b"<html>maintenance</html>"),
        reply(200, b""),
        reply(200, b"\xff\xfe"),
        reply(200, b"[]"),
        reply(200, b"{" * 100_000),
        reply(200, {"message": QUOTED}),
        reply(200, {"state": 0, "result": []}),
        reply(200, {"state": 0, "result": {}}),
        reply(200, b'{"state":0,"state":0,"result":{}}'),
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{",
        b"",
    ],
    ids=[
        "500",
        "503 page",
        "429",
        "page",
        "empty",
        "no text",
        "array",
        "deep",
        "no state",
        "no object",
        "empty object",
        "twice",
        "no HTTP",
        "truncated",
        "connection closed",
    ],
)
async def test_transient_answer_raises_retryable_error(act: Act, answer: bytes) -> None:
    found = await failure(act, answer)
    assert isinstance(found, GatewayUnavailable)
    assert isinstance(found, RetryLater)


@acts
async def test_response_whose_result_is_not_an_object_raises_an_error_that_says_so(act: Act) -> None:
    for result in ([], "paid", None):
        assert "the answer is no object" in str(await failure(act, reply(200, {"state": 0, "result": result})))


@acts
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"state": 1, "message": QUOTED}, GatewayAuthError),
        (403, {"message": "Forbidden"}, GatewayAuthError),
        (422, {"state": 1, "message": "Invalid Sign"}, GatewayAuthError),
        (200, {"state": 1, "message": "Invalid Sign"}, GatewayAuthError),
        (422, {"state": 1, "errors": {"amount": ["validation.required"]}}, GatewayRejected),
        (400, {"state": 1, "message": QUOTED}, GatewayRejected),
        (302, b"", GatewayRejected),
    ],
    ids=["401", "403", "sign", "error in a 200", "field", "400", "redirect"],
)
async def test_permanent_answer_raises_permanent_error(
    act: Act, status: int, body: Any, kind: type[GatewayError]
) -> None:
    found = await failure(act, reply(status, body, location="http://169.254.169.254/"))
    assert isinstance(found, kind)
    assert isinstance(found, Permanent)


async def test_invalid_request_fields_are_named_in_the_error() -> None:
    wrong = reply(422, {"state": 1, "errors": {"lifetime": ["validation.max"], "A b": ["x"], "amount": [QUOTED]}})
    found = await failure(ACTS[0][1], wrong)
    assert found.code == "amount"
    assert "amount, lifetime" in str(found)


@pytest.mark.parametrize(
    ("given", "after"), [("7", timedelta(seconds=7)), ("9999999", timedelta(days=1)), ("soon", None), ("-1", None)]
)
async def test_retry_after_header_sets_the_delay(given: str, after: timedelta | None) -> None:
    found = await failure(ACTS[2][1], reply(429, {}, retry_after=given))
    assert isinstance(found, GatewayUnavailable)
    assert found.delay == after


@pytest.mark.parametrize("first", [reply(500, {}), b"", reply(200, b"<html>")], ids=["500", "cut", "page"])
async def test_single_failure_is_retried_at_once(first: bytes) -> None:
    async with speaking(payment_info=[first, invoice()]) as (gateway, service):
        found = await gateway.fetch_checkout(UUID)
    assert found is not None
    assert found.paid
    assert len(service.asked) == 2


async def test_rate_limited_request_is_not_retried_at_once() -> None:
    async with speaking(payment_info=[reply(429, {}, retry_after="5"), invoice()]) as (gateway, service):
        with pytest.raises(GatewayUnavailable):
            await gateway.fetch_checkout(UUID)
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "refused",
    [
        missing(),
        reply(404, b"<html>"),
        reply(422, {"state": 1, "errors": {"uuid": ["validation.exists"]}}),
        reply(200, {"state": 1, "message": "Payment not found"}),
    ],
    ids=["message", "404", "field", "200"],
)
async def test_missing_object_returns_none(refused: bytes) -> None:
    async with speaking(**everywhere(refused)) as (gateway, _):
        assert await gateway.fetch_checkout(UUID) is None
        assert await gateway.fetch_subscription(RECURRENCE_UUID) is None
        assert await gateway.cancel_subscription(RECURRENCE_UUID) is False


@acts
async def test_unreachable_service_raises_unavailable(act: Act) -> None:
    gateway = gateway_for(FakeClock(), CRYPTOMUS_RECURRENCE="on")
    with pytest.raises(GatewayUnavailable):
        await act(gateway)
    await gateway.aclose()


@acts
async def test_hanging_service_times_out(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "DEADLINE_SECONDS", 0.1)
    monkeypatch.setattr(wire, "TIMEOUT_SECONDS", 900)
    async with speaking(recurring=True, **everywhere(None)) as (gateway, _):
        with pytest.raises(GatewayUnavailable):
            await asyncio.wait_for(act(gateway), 90)


async def test_api_address_may_have_a_path() -> None:
    async with speaking() as (_, service):
        service.answers["/some/path/v1/payment/info"] = invoice()
        gateway = gateway_for(FakeClock(), CRYPTOMUS_API_BASE=f"{service.url}/some/path/")
        assert await gateway.fetch_checkout(UUID) is not None
        await gateway.aclose()


async def test_signature_covers_the_sent_body() -> None:
    """The test server refuses any signature that does not cover the exact body. PHP encodes this text identically."""
    odd = request_for(plan="ñ/€", success_url="https://shop.example/gracias?x=1&y=é")
    async with speaking(payment=invoice(), recurrence_create=recurrence()) as (gateway, service):
        await gateway.create_checkout_session(odd)
    assert service.asked[0][1]["url_success"] == odd.success_url


async def test_gateway_can_be_closed_twice() -> None:
    async with speaking() as (gateway, _):
        await gateway.aclose()
        await gateway.aclose()
