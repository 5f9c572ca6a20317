"""The traps of verifying: what proves a delivery, and what does not although it looks the part."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from subscriptions.domain.ports.payment_gateway import (
    GatewayError,
    InvalidSignature,
    MalformedWebhook,
    PaymentEventKind,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.paypal import CAPABILITIES
from subscriptions.infrastructure.payments.paypal.certificates import Certificates
from subscriptions.infrastructure.payments.paypal.gateway import PayPalGateway
from subscriptions.infrastructure.payments.paypal.trust import public_roots, read_chain, trusted_key
from subscriptions.infrastructure.payments.paypal.verify import Verifier, decode
from subscriptions.infrastructure.payments.paypal.wire import Wire
from tests.support.paypal import (
    ADDRESS,
    CERTIFICATES,
    CHAIN,
    KEY,
    LEAF,
    MIDDLE,
    NOW,
    OTHER_WEBHOOK,
    ROOT,
    Authority,
    FakeClock,
    delivery,
    event,
    headers,
    pem,
    sale,
    settings,
)
from tests.support.paypal_server import Server, running_server

BODY = json.dumps(event("PAYMENT.SALE.COMPLETED", sale())).encode()
NAME = f"{CERTIFICATES}CERT-360caa42-fca2a594-a5cafa77"
FILE = f"GET {NAME}"
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Gives PayPal's certificate with its chain."""
    async with running_server() as made:
        made.answer(FILE, CHAIN)
        yield made


@asynccontextmanager
async def verifier(server: Server, clock: FakeClock | None = None) -> AsyncIterator[Verifier]:
    """Of a stand-in on this machine, with our own root among the authorities."""
    mine = settings(PAYPAL_API_BASE=server.url, PAYPAL_WEBHOOK_CA=pem(ROOT.certificate).decode())
    known = clock or FakeClock()
    wire = Wire(mine, known)
    yield Verifier(mine, known, wire)
    await wire.aclose()


def signed(server: Server, body: bytes = BODY, **how: object) -> WebhookRequest:
    """A delivery with the certificate at the server."""
    return delivery(body, **{"address": server.url + NAME, **how})


async def test_accepted(server: Server) -> None:
    async with verifier(server) as proves:
        await proves.prove(signed(server))
        await proves.prove(signed(server, webhook=OTHER_WEBHOOK))
        await proves.prove(signed(server, at=NOW - timedelta(days=4, hours=23)))
        await proves.prove(signed(server, at=NOW + timedelta(hours=23)))
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
        pytest.param({"paypal-transmission-id": "a|b"}, id="a bar in the transmission"),
        pytest.param({"paypal-transmission-time": "2026-11-20T09:00:01Z"}, id="another time"),
        pytest.param({"paypal-transmission-time": "2026-11-20T09:00:00"}, id="time without a zone"),
        pytest.param({"paypal-transmission-time": "soon"}, id="time no time"),
        pytest.param({"paypal-auth-algo": "SHA1withRSA"}, id="another algorithm"),
        pytest.param({"paypal-auth-algo": "none"}, id="no algorithm"),
    ],
)
async def test_headers_that_prove_nothing(server: Server, change: dict[str, str]) -> None:
    told = {**headers(BODY, address=server.url + NAME), **change}
    async with verifier(server) as proves:
        with pytest.raises(InvalidSignature):
            await proves.prove(delivery(BODY, told))


async def test_every_header_is_needed(server: Server) -> None:
    whole = headers(BODY, address=server.url + NAME)
    async with verifier(server) as proves:
        for name in whole:
            with pytest.raises(InvalidSignature):
                await proves.prove(delivery(BODY, {key: value for key, value in whole.items() if key != name}))


async def test_what_was_signed_for_somebody_else(server: Server) -> None:
    event_id = "WH-2HB96170UN4612531-6PJ1555491044161R"
    async with verifier(server) as proves:
        for other in ("9XL90610J3647323C", event_id, ""):
            with pytest.raises(InvalidSignature):
                await proves.prove(signed(server, webhook=other))
        with pytest.raises(InvalidSignature):
            await proves.prove(signed(server, key=OTHER_KEY))


async def test_one_flipped_bit_other_spaces_and_another_order(server: Server) -> None:
    changed = bytearray(BODY)
    changed[len(BODY) // 2] ^= 1
    rewritten = json.dumps(json.loads(BODY), sort_keys=True, indent=1).encode()
    async with verifier(server) as proves:
        for body in (bytes(changed), rewritten, BODY + b" ", b""):
            with pytest.raises(InvalidSignature):
                await proves.prove(replace(signed(server), body=body))


@pytest.mark.parametrize("off", [-timedelta(days=6), timedelta(days=2), timedelta(days=365)])
async def test_stale_and_future_transmissions(server: Server, off: timedelta) -> None:
    clock = FakeClock()
    async with verifier(server, clock) as proves:
        with pytest.raises(InvalidSignature):
            await proves.prove(signed(server, at=NOW + off))
        assert clock.asked == 1
    late = FakeClock(NOW, truth=NOW + off)
    async with verifier(server, late) as proves:
        await proves.prove(signed(server, at=NOW + off))


async def test_a_forgery_never_makes_us_ask_the_clock(server: Server) -> None:
    clock = FakeClock()
    async with verifier(server, clock) as proves:
        with pytest.raises(InvalidSignature):
            await proves.prove(signed(server, key=OTHER_KEY, at=NOW - timedelta(days=365)))
    assert clock.asked == 0


def _ec() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return pem(MIDDLE.issue("messageverificationcerts.paypal.com", key), MIDDLE.certificate)


_NAME = "messageverificationcerts.paypal.com"


def _of(root: Authority) -> bytes:
    return pem(root.issue(_NAME, KEY), root.certificate)


def _by_leaf() -> bytes:
    """By PayPal's own certificate, which is no authority."""
    impostor = Authority(_NAME, MIDDLE, KEY)
    impostor.certificate = LEAF
    return pem(impostor.issue(_NAME, KEY), LEAF, MIDDLE.certificate)


BAD_FILES: dict[str, Callable[[], bytes]] = {
    "a page": lambda: b"<html>sign in</html>",
    "nothing": lambda: b"",
    "far too long": lambda: CHAIN + b"\n" * 70_000,
    "without its authority": lambda: pem(LEAF),
    "of an authority nobody trusts": lambda: _of(Authority("Other Root")),
    "of its own": lambda: pem(Authority("messageverificationcerts.paypal.com").certificate),
    "of somebody else": lambda: pem(MIDDLE.issue("paypal.com.evil.example", KEY), MIDDLE.certificate),
    "of who ends alike": lambda: pem(MIDDLE.issue("notpaypal.com", KEY), MIDDLE.certificate),
    "of nobody": lambda: pem(MIDDLE.issue(None, KEY), MIDDLE.certificate),
    "out of date": lambda: pem(MIDDLE.issue(_NAME, KEY, days=(-30, -1)), MIDDLE.certificate),
    "not good yet": lambda: pem(MIDDLE.issue(_NAME, KEY, days=(1, 30)), MIDDLE.certificate),
    "with a key of another kind": _ec,
    "signed by a certificate that may not": _by_leaf,
    "with a long train": lambda: CHAIN + pem(*[MIDDLE.certificate] * 20),
}


@pytest.mark.parametrize("what", sorted(BAD_FILES))
async def test_certificates_that_prove_nothing(what: str) -> None:
    async with running_server() as server:
        server.answer(FILE, BAD_FILES[what]())
        async with verifier(server) as proves:
            with pytest.raises(InvalidSignature):
                await proves.prove(signed(server))


async def test_a_kept_certificate_that_ran_out_is_fetched_anew(server: Server) -> None:
    server.answers[FILE] = []
    server.answer(FILE, pem(MIDDLE.issue(_NAME, KEY, days=(-30, 1)), MIDDLE.certificate), CHAIN)
    clock = FakeClock()
    async with verifier(server, clock) as proves:
        await proves.prove(signed(server))
        clock.advance(timedelta(days=2))
        await proves.prove(signed(server))
        await proves.prove(signed(server))
    assert len(server.named(FILE)) == 2


async def test_an_address_that_gives_nothing_is_not_asked_again_at_once() -> None:
    async with running_server() as server, verifier(server) as proves:
        for _ in range(5):
            with pytest.raises(InvalidSignature):
                await proves.prove(signed(server))
        assert len(server.named(FILE)) == 1


async def test_a_redirect_is_not_followed() -> None:
    async with running_server() as server, running_server() as elsewhere:
        elsewhere.answer(FILE, CHAIN)
        server.answer(FILE, "", status=302, headers={"location": elsewhere.url + NAME})
        async with verifier(server) as proves:
            with pytest.raises(InvalidSignature):
                await proves.prove(signed(server))
        assert elsewhere.connections == 0


TRICKS = [
    "http://api.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1",
    "https://evil.example/v1/notifications/certs/CERT-1",
    "https://notpaypal.com/v1/notifications/certs/CERT-1",
    "https://www.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1",
    "https://evil.example#@api.paypal.com/v1/notifications/certs/CERT-1",
    "https://evil.example\\@api.paypal.com/v1/notifications/certs/CERT-1",
    "https://user@api.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
    "https://api.paypal.com:443@evil.example/v1/notifications/certs/CERT-1",
    "https://api.paypal.com./v1/notifications/certs/CERT-1",
    "https://API.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com/v1/notifications/certs/../../../x",
    "https://api.paypal.com/v1/notifications/certs/%2e%2e/x",
    "https://api.paypal.com/v1/notifications/certs/",
    "https://api.paypal.com/v1/notifications/certs/CERT-1?x=https://evil.example",
    "https://api.paypal.com/v1/notifications/certs/CERT-1#x",
    "https://api.paypal.com/v1/notifications/certs/CERT-1/x",
    "https://api.paypal.com/v1/notifications/certs/CERT-1\r\nHost: evil.example",
    "https://api.paypal.com/v1/other/CERT-1",
    "https://api.paypal.com//evil.example/v1/notifications/certs/CERT-1",
    "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
    "https://api-m.sandbox.paypal.com/v1/notifications/certs/CERT-1",
    " https://api.paypal.com/v1/notifications/certs/CERT-1",
    "//api.paypal.com/v1/notifications/certs/CERT-1",
    "https://169.254.169.254/v1/notifications/certs/CERT-1",
    "https://[::1]/v1/notifications/certs/CERT-1",
    "https://localhost/v1/notifications/certs/CERT-1",
    "file:///etc/passwd",
    "ftp://api.paypal.com/v1/notifications/certs/CERT-1",
    "",
]


async def test_no_request_leaves_for_any_other_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that goes out goes through a proxy that counts, and which one good address is seen to reach."""
    live = settings(PAYPAL_API_BASE="", PAYPAL_MODE="live", PAYPAL_CLIENT_ID="real", PAYPAL_CLIENT_SECRET="real")
    async with running_server() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
            monkeypatch.delenv(name.lower(), raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        wire = Wire(live, FakeClock())
        certificates = Certificates(live, FakeClock(), wire.http)
        for trick in [*TRICKS, f"{proxy.url}{NAME}"]:
            with pytest.raises(InvalidSignature):
                await certificates.key(trick)
        assert proxy.connections == 0
        with pytest.raises(InvalidSignature):
            await certificates.key(ADDRESS)
        assert proxy.connections == 1
        await wire.aclose()


def test_the_public_authorities_do_not_know_ours() -> None:
    roots = public_roots()
    assert len(roots) > 20
    with pytest.raises(InvalidSignature):
        trusted_key(read_chain(CHAIN), roots, NOW)
    assert trusted_key(read_chain(CHAIN), [ROOT.certificate], NOW) == KEY.public_key()


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
def test_malformed(body: bytes) -> None:
    with pytest.raises(MalformedWebhook):
        decode(body)


async def test_the_whole_way_with_a_stand_in_that_is_its_own_authority(server: Server) -> None:
    gateway = PayPalGateway(settings(PAYPAL_API_BASE=server.url), FakeClock(), CAPABILITIES)
    found = await gateway.parse_webhook(signed(server))
    assert (found.kind, found.livemode) == (PaymentEventKind.PAYMENT_COMPLETED, False)
    with pytest.raises(MalformedWebhook):
        await gateway.parse_webhook(signed(server, body=b"{}"))
    await gateway.aclose()


POSTBACK = "POST /v1/notifications/verify-webhook-signature"


async def test_postback_sends_the_event_letter_by_letter(server: Server) -> None:
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


async def test_postback_that_does_not_confirm(server: Server) -> None:
    gateway = PayPalGateway(settings(PAYPAL_API_BASE=server.url, PAYPAL_VERIFY="postback"), FakeClock(), CAPABILITIES)
    for reply, status in (({"verification_status": "FAILURE"}, 200), ({}, 200), ("<html>", 503), ({}, 400)):
        server.answers[POSTBACK] = []
        server.answer(POSTBACK, reply, status=status)
        with pytest.raises(InvalidSignature):
            await gateway.parse_webhook(delivery(BODY))
    asked = len(server.named(POSTBACK))
    for bad in (b'{}, "webhook_id": "mine"', b"[]", b"\xff"):
        with pytest.raises(MalformedWebhook):
            await gateway.parse_webhook(delivery(bad))
    with pytest.raises(InvalidSignature):
        await gateway.parse_webhook(delivery(BODY, {}))
    assert len(server.named(POSTBACK)) == asked
    await gateway.aclose()


async def test_errors_hold_neither_signature_nor_body(server: Server) -> None:
    body = b'{"email": "ana@example.com"'
    gateway = PayPalGateway(settings(PAYPAL_API_BASE=server.url), FakeClock(), CAPABILITIES)
    for request in (signed(server, key=OTHER_KEY), signed(server, body=body)):
        with pytest.raises(GatewayError) as caught:
            await gateway.parse_webhook(request)
        assert request.headers["paypal-transmission-sig"] not in str(caught.value)
        assert "ana@" not in str(caught.value)
    await gateway.aclose()
