"""The Stripe gateway against a misbehaving server: every response is turned into an error that the gateway port
declares, within a limited time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    GatewayAuthError,
    GatewayError,
    GatewayRejected,
    GatewayUnavailable,
)
from subscriptions.infrastructure.payments.stripe import CAPABILITIES, errors, wire
from subscriptions.infrastructure.payments.stripe.gateway import StripeGateway
from tests.support.stripe import NOW, FakeClock, settings

KEY = "sk_test_demo_verysecret"
REQUEST = CheckoutRequest(
    order_id="ord_1",
    telegram_id=7001,
    plan="retabet",
    plan_id="7c9e6679-7425-40de-944b-e07fc1f90ae7",
    description="Plan Retabet",
    price_ref="price_1",
    amount=Money(2999, "EUR"),
    interval=None,
    interval_count=1,
    trial_days=0,
    success_url="https://shop.example/thanks",
    cancel_url="https://shop.example/back",
    customer_ref=None,
    locale="pt-br",
    expires_at=NOW + timedelta(minutes=35),
    idempotency_key="checkout:ord_1:1",
)


@dataclass
class Misbehaving:
    """Server that sends one response to every request and records the requests. With None the server never responds."""

    answer: bytes | None
    url: str = ""
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.asked.append((head[0], headers, body.decode()))
            if self.answer is None:
                await reader.read()
            else:
                writer.write(self.answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def reply(status: int, body: Any, **headers: str) -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(raw)}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + raw


def refusal(kind: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    message = "No such thing: sk_test_demo_verysecret of ana@example.com"
    return {"error": {"type": kind, "code": code, "param": param, "message": message}}


@asynccontextmanager
async def speaking_to(answer: bytes | None) -> AsyncIterator[tuple[StripeGateway, Misbehaving]]:
    service = Misbehaving(answer)
    server = await asyncio.start_server(service.handle, "127.0.0.1", 0)
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    made = settings(STRIPE_API_BASE=f"{service.url}/some/path", STRIPE_SECRET_KEY=KEY)
    gateway = StripeGateway(made, FakeClock(), CAPABILITIES)
    try:
        yield gateway, service
    finally:
        await gateway.aclose()
        server.close()
        await server.wait_closed()


Act = Callable[[StripeGateway], Awaitable[object]]
ACTS: list[tuple[str, Act]] = [
    ("create", lambda gateway: gateway.create_checkout_session(REQUEST)),
    ("fetch", lambda gateway: gateway.fetch_subscription("sub_1")),
    ("fetch checkout", lambda gateway: gateway.fetch_checkout("cs_1")),
    ("cancel", lambda gateway: gateway.cancel_subscription("sub_1")),
    ("cancel now", lambda gateway: gateway.cancel_subscription("sub_1", at_period_end=False)),
    ("resume", lambda gateway: gateway.resume_subscription("sub_1")),
    ("refund", lambda gateway: gateway.refund_payment("in_1", None, idempotency_key="refund:1")),
]
acts = pytest.mark.parametrize("act", [act for _, act in ACTS], ids=[name for name, _ in ACTS])


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the delay between the library's retries to zero."""
    monkeypatch.setattr("stripe.HTTPClient.INITIAL_DELAY", 0.0)
    monkeypatch.setattr("stripe.HTTPClient.MAX_DELAY", 0.0)


@acts
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(reply(401, refusal("invalid_request_error")), GatewayAuthError, id="401"),
        pytest.param(reply(403, refusal("invalid_request_error")), GatewayAuthError, id="403"),
        pytest.param(reply(402, refusal("card_error", "card_declined")), GatewayRejected, id="402"),
        pytest.param(reply(400, refusal("idempotency_error")), GatewayRejected, id="reused idempotency key"),
        pytest.param(reply(409, refusal("idempotency_error")), GatewayUnavailable, id="409"),
        pytest.param(reply(429, refusal("rate_limit_error")), GatewayUnavailable, id="429"),
        pytest.param(reply(500, refusal("api_error")), GatewayUnavailable, id="500"),
        pytest.param(reply(503, b"<html>busy</html>"), GatewayUnavailable, id="503 in HTML"),
        pytest.param(reply(200, b"<html>hello</html>"), GatewayUnavailable, id="200 in HTML"),
        pytest.param(reply(200, b""), GatewayUnavailable, id="empty 200"),
        pytest.param(b"", GatewayUnavailable, id="connection cut"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{", GatewayUnavailable, id="response cut"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", GatewayUnavailable, id="other protocol"),
    ],
)
async def test_every_failed_response_of_the_provider_raises_the_documented_gateway_error_without_secrets(
    act: Act, answer: bytes, expected: type[GatewayError]
) -> None:
    async with speaking_to(answer) as (gateway, _):
        with pytest.raises(expected) as caught:
            await act(gateway)
    assert isinstance(caught.value, RetryLater if expected is GatewayUnavailable else Permanent)
    shown = f"{caught.value} {caught.value!r}"
    assert "verysecret" not in shown
    assert "ana@" not in shown


@pytest.mark.parametrize(
    ("status", "code"), [(403, None), (404, "resource_missing")], ids=["key without permission", "unknown object"]
)
async def test_inaccessible_or_unknown_dispute_returns_none(status: int, code: str | None) -> None:
    async with speaking_to(reply(status, refusal("invalid_request_error", code))) as (gateway, service):
        assert await gateway.fetch_dispute("dp_1") is None
        assert await gateway.fetch_dispute("../customers") is None
    assert len(service.asked) == 1


@pytest.mark.parametrize("answer", [reply(401, refusal("invalid_request_error")), reply(500, refusal("api_error"))])
async def test_failed_fetch_of_a_dispute_raises_an_error(answer: bytes) -> None:
    async with speaking_to(answer) as (gateway, _):
        with pytest.raises(GatewayError):
            await gateway.fetch_dispute("du_1")


@pytest.mark.parametrize("name", ["create", "fetch", "fetch checkout", "resume", "refund"])
@pytest.mark.parametrize("body", [[], None, {}, {"object": "list"}, "x", 7, True], ids=json.dumps)
async def test_response_of_an_unexpected_type_is_retryable(name: str, body: Any) -> None:
    async with speaking_to(reply(200, body)) as (gateway, _):
        with pytest.raises(GatewayUnavailable):
            await dict(ACTS)[name](gateway)


@pytest.mark.parametrize(
    ("header", "after"),
    [
        ("7", timedelta(seconds=7)),
        ("999999999", timedelta(days=1)),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
async def test_retry_after_header_sets_the_delay(header: str, after: timedelta | None) -> None:
    async with speaking_to(reply(429, refusal("rate_limit_error"), retry_after=header)) as (gateway, service):
        with pytest.raises(GatewayUnavailable) as caught:
            await gateway.fetch_subscription("sub_1")
    assert caught.value.delay == after
    assert len(service.asked) == 1


async def test_hanging_provider_call_ends_at_our_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    assert errors.DEADLINE_SECONDS <= 30
    assert wire.TIMEOUT_SECONDS <= 15
    monkeypatch.setattr(errors, "DEADLINE_SECONDS", 0.2)
    monkeypatch.setattr(wire, "TIMEOUT_SECONDS", 900)
    async with asyncio.timeout(90), speaking_to(None) as (gateway, _):
        with pytest.raises(GatewayUnavailable, match="no answer"):
            await gateway.create_checkout_session(REQUEST)


async def test_unreachable_provider_raises_unavailable() -> None:
    async with speaking_to(b"") as (_, service):
        pass
    gateway = StripeGateway(settings(STRIPE_API_BASE=service.url), FakeClock(), CAPABILITIES)
    with pytest.raises(GatewayUnavailable):
        await gateway.fetch_subscription("sub_1")
    await gateway.aclose()


async def test_retries_keep_the_idempotency_key_and_the_base_path() -> None:
    async with speaking_to(reply(500, refusal("api_error"))) as (gateway, service):
        with pytest.raises(GatewayUnavailable):
            await gateway.create_checkout_session(REQUEST)
    assert len(service.asked) == 1 + wire.RETRIES
    assert {line for line, _, _ in service.asked} == {"POST /some/path/v1/checkout/sessions HTTP/1.1"}
    assert {headers["idempotency-key"] for _, headers, _ in service.asked} == {"checkout:ord_1:1"}


async def test_checkout_request_has_the_documented_parameters() -> None:
    async with speaking_to(reply(400, refusal("invalid_request_error"))) as (gateway, service):
        with pytest.raises(GatewayRejected):
            await gateway.create_checkout_session(REQUEST)
    ((_, headers, body),) = service.asked
    assert headers["authorization"] == f"Bearer {KEY}"
    pairs = dict(pair.split("=") for pair in body.split("&"))
    assert pairs["mode"] == "payment"
    assert pairs["locale"] == "pt-BR"
    assert pairs["line_items[0][price]"] == "price_1"
    assert pairs["expires_at"] == str(int(REQUEST.expires_at.timestamp()))
    for name, value in {"telegram_id": "7001", "plan_id": REQUEST.plan_id, "order_id": "ord_1"}.items():
        assert pairs[f"metadata[{name}]"] == value
        assert pairs[f"payment_intent_data[metadata][{name}]"] == value
    assert not any(name.startswith("subscription_data") for name in pairs)


async def test_unsupported_amount_is_refused_without_a_request() -> None:
    odd = CheckoutRequest(**{**vars(REQUEST), "price_ref": None, "amount": Money(5124, "KWD")})
    async with speaking_to(b"") as (gateway, service):
        with pytest.raises(GatewayRejected) as caught:
            await gateway.create_checkout_session(odd)
    assert caught.value.code == "amount_invalid"
    assert service.asked == []
