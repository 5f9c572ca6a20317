"""Pitfalls of verifying PayPal's webhook signatures: genuine deliveries, and deliveries that only look genuine."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.domain.ports.payment_gateway import (
    GatewayError,
    GatewayUnavailable,
    InvalidSignature,
    MalformedWebhook,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.paypal import CAPABILITIES
from subscriptions.infrastructure.payments.paypal.gateway import PayPalGateway
from subscriptions.infrastructure.payments.paypal.verify import decode
from tests.support.paypal import NOW, OTHER_WEBHOOK, FakeClock, settings
from tests.support.paypal_server import Server
from tests.support.paypal_signing import (
    ADDRESS,
    BODY,
    FILE,
    OTHER_KEY,
    PATH,
    certificate_server,
    delivery,
    headers,
    signed,
    verifier,
)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Run a server with PayPal's certificate and its chain."""
    async with certificate_server() as made:
        yield made


async def test_valid_deliveries_are_accepted(server: Server) -> None:
    async with verifier(server) as proves:
        await proves.prove(signed(server))
        await proves.prove(signed(server, webhook=OTHER_WEBHOOK))
        await proves.prove(signed(server, at=NOW - timedelta(days=4, hours=23)))
        await proves.prove(signed(server, at=NOW + timedelta(hours=23)))
        with pytest.raises(MalformedWebhook):
            await proves.prove(signed(server, body=b"\xff no JSON, and yet signed"))
    assert len(server.named(FILE)) == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"paypal-transmission-sig": "AAAA"}, id="another signature"),
        pytest.param({"paypal-transmission-sig": "é"}, id="signature not ASCII"),
        pytest.param({"paypal-transmission-sig": "not base64!"}, id="signature not base64"),
        pytest.param({"paypal-transmission-sig": ""}, id="signature empty"),
        pytest.param({"paypal-transmission-sig": "A" * 5000}, id="signature of 5000 letters"),
        pytest.param({"paypal-transmission-id": "dfb3be50-fd74-11e4-8bf3-000000000000"}, id="another transmission"),
        pytest.param({"paypal-transmission-id": "a|b"}, id="pipe in the transmission id"),
        pytest.param({"paypal-transmission-time": "2026-11-20T09:00:01Z"}, id="another time"),
        pytest.param({"paypal-transmission-time": "2026-11-20T09:00:00"}, id="time without a zone"),
        pytest.param({"paypal-transmission-time": "soon"}, id="invalid time"),
        pytest.param({"paypal-auth-algo": "SHA1withRSA"}, id="another algorithm"),
        pytest.param({"paypal-auth-algo": "none"}, id="no algorithm"),
    ],
)
async def test_changed_header_is_refused(server: Server, change: dict[str, str]) -> None:
    reported = {**headers(BODY, address=server.url + PATH), **change}
    async with verifier(server) as proves:
        with pytest.raises(InvalidSignature):
            await proves.prove(delivery(BODY, reported))


async def test_every_header_is_required(server: Server) -> None:
    whole = headers(BODY, address=server.url + PATH)
    async with verifier(server) as proves:
        for name in whole:
            with pytest.raises(InvalidSignature):
                await proves.prove(delivery(BODY, {key: value for key, value in whole.items() if key != name}))


async def test_signature_for_another_webhook_is_refused(server: Server) -> None:
    event_id = "WH-2HB96170UN4612531-6PJ1555491044161R"
    async with verifier(server) as proves:
        for other in ("9XL90610J3647323C", event_id, ""):
            with pytest.raises(InvalidSignature):
                await proves.prove(signed(server, webhook=other))
        with pytest.raises(InvalidSignature):
            await proves.prove(signed(server, key=OTHER_KEY))


async def test_changed_body_is_refused(server: Server) -> None:
    changed = bytearray(BODY)
    changed[len(BODY) // 2] ^= 1
    rewritten = json.dumps(json.loads(BODY), sort_keys=True, indent=1).encode()
    async with verifier(server) as proves:
        for body in (bytes(changed), rewritten, BODY + b" ", b""):
            with pytest.raises(InvalidSignature):
                await proves.prove(replace(signed(server), body=body))


@pytest.mark.parametrize("off", [-timedelta(days=6), timedelta(days=2), timedelta(days=365)])
async def test_old_and_future_transmissions_are_refused(server: Server, off: timedelta) -> None:
    clock = FakeClock()
    async with verifier(server, clock) as proves:
        with pytest.raises(InvalidSignature):
            await proves.prove(signed(server, at=NOW + off))
        assert clock.asked == 1
    late = FakeClock(NOW, truth=NOW + off)
    async with verifier(server, late) as proves:
        await proves.prove(signed(server, at=NOW + off))


async def test_forged_old_webhook_causes_no_time_server_request(server: Server) -> None:
    clock = FakeClock()
    async with verifier(server, clock) as proves:
        with pytest.raises(InvalidSignature):
            await proves.prove(signed(server, key=OTHER_KEY, at=NOW - timedelta(days=365)))
    assert clock.asked == 0


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\xff\xfe{}", id="not UTF-8"),
        pytest.param(json.dumps({"id": "x"}).encode("utf-16"), id="UTF-16"),
        pytest.param(b"not json", id="not JSON"),
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="an array"),
        pytest.param(b"12", id="a number"),
        pytest.param(BODY[:-40], id="cut"),
        pytest.param(b"[" * 200_000, id="deep nesting"),
        pytest.param(b"9" * 6000, id="a number of 6000 digits"),
    ],
)
def test_invalid_body_is_refused_as_malformed(body: bytes) -> None:
    with pytest.raises(MalformedWebhook):
        decode(body)


async def test_webhook_signed_by_the_certificate_authority_of_a_simulator_is_accepted(server: Server) -> None:
    gateway = PayPalGateway(settings(PAYPAL_API_BASE=server.url), FakeClock(), CAPABILITIES)
    found = await gateway.parse_webhook(signed(server))
    assert found.transmission == signed(server).headers["paypal-transmission-id"]
    assert found.kind is PaymentEventKind.PAYMENT_COMPLETED
    with pytest.raises(MalformedWebhook):
        await gateway.parse_webhook(signed(server, body=b"{}"))
    await gateway.aclose()


POSTBACK = "POST /v1/notifications/verify-webhook-signature"


async def test_postback_sends_the_event_unchanged(server: Server) -> None:
    body = '{"id": "WH-1",  "event_type":"x", "n": 1.0, "e": 1e2, "é":"\\u00e9", "a":1, "a":2}'.encode()
    gateway = PayPalGateway(settings(PAYPAL_API_BASE=server.url, PAYPAL_VERIFY="postback"), FakeClock(), CAPABILITIES)
    server.answer(POSTBACK, {"verification_status": "FAILURE"}, {"verification_status": "SUCCESS"})
    found = await gateway.parse_webhook(delivery(body))
    await gateway.aclose()
    assert found.kind is PaymentEventKind.IGNORED
    first, second = server.named(POSTBACK)
    assert body in first.body
    assert [call.json["webhook_id"] for call in (first, second)] == ["4JH86294D6297924G", OTHER_WEBHOOK]
    assert second.json["cert_url"] == ADDRESS
    assert server.named(FILE) == []


async def test_webhook_that_paypal_does_not_confirm_by_postback_is_refused(server: Server) -> None:
    gateway = PayPalGateway(settings(PAYPAL_API_BASE=server.url, PAYPAL_VERIFY="postback"), FakeClock(), CAPABILITIES)
    for reply, status in (({"verification_status": "FAILURE"}, 200), ({}, 200), ({}, 400)):
        server.answers[POSTBACK] = []
        server.answer(POSTBACK, reply, status=status)
        with pytest.raises(InvalidSignature):
            await gateway.parse_webhook(delivery(BODY))
    for reply, status in (("<html>", 503), ("<html>", 200)):
        server.answers[POSTBACK] = []
        server.answer(POSTBACK, reply, status=status)
        with pytest.raises(GatewayUnavailable):
            await gateway.parse_webhook(delivery(BODY))
    asked = len(server.named(POSTBACK))
    for bad in (b'{}, "webhook_id": "mine"', b"[]", b"\xff"):
        with pytest.raises(MalformedWebhook):
            await gateway.parse_webhook(delivery(bad))
    with pytest.raises(InvalidSignature):
        await gateway.parse_webhook(delivery(BODY, {}))
    assert len(server.named(POSTBACK)) == asked
    await gateway.aclose()


async def test_errors_contain_neither_signature_nor_body(server: Server) -> None:
    body = b'{"email": "ana@example.com"'
    gateway = PayPalGateway(settings(PAYPAL_API_BASE=server.url), FakeClock(), CAPABILITIES)
    for request in (signed(server, key=OTHER_KEY), signed(server, body=body)):
        with pytest.raises(GatewayError) as caught:
            await gateway.parse_webhook(request)
        assert request.headers["paypal-transmission-sig"] not in str(caught.value)
        assert "ana@" not in str(caught.value)
    await gateway.aclose()
