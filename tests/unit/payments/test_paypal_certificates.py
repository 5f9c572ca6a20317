"""Certificates of PayPal's webhooks: the accepted ones, the addresses from which they may be fetched, and the number of
fetches.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from subscriptions.domain.ports.payment_gateway import GatewayUnavailable, InvalidSignature, WebhookRequest
from subscriptions.infrastructure.payments.paypal.certificates import MOST_WAITING, PAUSE_SECONDS, Certificates
from subscriptions.infrastructure.payments.paypal.trust import public_roots, read_chain, trusted_key
from subscriptions.infrastructure.payments.paypal.verify import Verifier
from subscriptions.infrastructure.payments.paypal.wire import Wire
from tests.support.paypal import NOW, FakeClock, settings
from tests.support.paypal_server import Server, running_server
from tests.support.paypal_signing import (
    ADDRESS,
    CHAIN,
    FILE,
    KEY,
    LEAF,
    MIDDLE,
    NAME,
    PATH,
    ROOT,
    Authority,
    certificate_server,
    pem,
    signed,
    verifier,
)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Run a server with PayPal's certificate and its chain."""
    async with certificate_server() as made:
        yield made


def _ec() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return pem(MIDDLE.issue("messageverificationcerts.paypal.com", key), MIDDLE.certificate)


def _of(root: Authority) -> bytes:
    return pem(root.issue(NAME, KEY), root.certificate)


def _by_leaf() -> bytes:
    """Issue a certificate with PayPal's own certificate, which is not an authority, and return it."""
    impostor = Authority(NAME, MIDDLE, KEY)
    impostor.certificate = LEAF
    return pem(impostor.issue(NAME, KEY), LEAF, MIDDLE.certificate)


BAD_FILES: dict[str, Callable[[], bytes]] = {
    "incomplete certificate": lambda: b"-----BEGIN CERTIFICATE-----",
    "oversized": lambda: CHAIN + b"\n" * 70_000,
    "missing issuer": lambda: pem(LEAF),
    "untrusted authority": lambda: _of(Authority("Other Root")),
    "self signed": lambda: pem(Authority("messageverificationcerts.paypal.com").certificate),
    "other host name": lambda: pem(MIDDLE.issue("paypal.com.evil.example", KEY), MIDDLE.certificate),
    "host name with the same ending": lambda: pem(MIDDLE.issue("notpaypal.com", KEY), MIDDLE.certificate),
    "no host name": lambda: pem(MIDDLE.issue(None, KEY), MIDDLE.certificate),
    "expired": lambda: pem(MIDDLE.issue(NAME, KEY, days=(-30, -1)), MIDDLE.certificate),
    "not yet valid": lambda: pem(MIDDLE.issue(NAME, KEY, days=(1, 30)), MIDDLE.certificate),
    "other key type": _ec,
    "issuer without the right to sign": _by_leaf,
    "long chain": lambda: CHAIN + pem(*[MIDDLE.certificate] * 20),
}


@pytest.mark.parametrize("what", sorted(BAD_FILES))
async def test_webhook_signed_with_an_invalid_certificate_is_refused(what: str) -> None:
    async with running_server() as server:
        server.answer(FILE, BAD_FILES[what]())
        async with verifier(server) as proves:
            with pytest.raises(InvalidSignature):
                await proves.prove(signed(server))


async def test_signing_certificate_with_web_server_extensions_is_accepted() -> None:
    uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    names = x509.SubjectAlternativeName([x509.DNSName(NAME)])
    async with running_server() as server:
        server.answer(FILE, pem(MIDDLE.issue(NAME, KEY, more=[uses, names]), MIDDLE.certificate, ROOT.certificate))
        async with verifier(server) as proves:
            await proves.prove(signed(server))


async def test_number_of_waiting_fetches_is_limited(server: Server) -> None:
    wire = Wire(settings(PAYPAL_API_BASE=server.url), FakeClock())
    certificates = Certificates(settings(PAYPAL_API_BASE=server.url), FakeClock(), wire.http)
    asked = [certificates.key(f"{server.url}/v1/notifications/certs/CERT-{number}") for number in range(100)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    await wire.aclose()
    assert {type(answer) for answer in answers} == {InvalidSignature, GatewayUnavailable}
    assert len(server.calls) == MOST_WAITING


async def test_deliveries_beyond_the_waiting_limit_are_not_reported_as_forged() -> None:
    async with running_server() as server, verifier(server) as proves:
        server.answer(FILE, "", status=503)
        asked = [proves.prove(signed(server)) for _ in range(MOST_WAITING + 5)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(answer) for answer in answers} == {GatewayUnavailable}


async def test_expired_cached_certificate_is_fetched_again(server: Server) -> None:
    server.answers[FILE] = []
    server.answer(FILE, pem(MIDDLE.issue(NAME, KEY, days=(-30, 1)), MIDDLE.certificate), CHAIN)
    clock = FakeClock()
    async with verifier(server, clock) as proves:
        await proves.prove(signed(server))
        clock.advance(timedelta(days=2))
        await proves.prove(signed(server))
        await proves.prove(signed(server))
    assert len(server.named(FILE)) == 2


async def test_missing_certificate_is_not_fetched_again_at_once() -> None:
    async with running_server() as server, verifier(server) as proves:
        for _ in range(5):
            with pytest.raises(InvalidSignature):
                await proves.prove(signed(server))
        assert len(server.named(FILE)) == 1


NO_ANSWERS: dict[str, tuple[int, str]] = {
    "HTML page": (200, "<html>sign in</html>"),
    "nothing": (200, ""),
    "long HTML page": (200, "<html>" + "x" * 70_000),
    "overload": (429, ""),
    "server error": (500, '{"name": "INTERNAL_SERVER_ERROR"}'),
    "redirect": (302, ""),
}


@pytest.mark.parametrize("what", sorted(NO_ANSWERS))
async def test_delivery_is_not_reported_as_forged_if_paypal_does_not_answer(what: str) -> None:
    status, text = NO_ANSWERS[what]
    async with running_server() as server, verifier(server) as proves:
        server.answer(FILE, text, status=status)
        for _ in range(5):
            with pytest.raises(GatewayUnavailable):
                await proves.prove(signed(server))
        assert len(server.named(FILE)) == 1
        server.answers[FILE] = []
        server.answer(FILE, CHAIN)
        await proven_within(proves, signed(server), PAUSE_SECONDS + 90)


async def test_unreachable_certificate_server_raises_gateway_unavailable() -> None:
    async with running_server() as server:
        gone = server.url
    async with verifier(Server(url=gone)) as proves:
        with pytest.raises(GatewayUnavailable):
            await proves.prove(signed(Server(url=gone)))


async def proven_within(proves: Verifier, request: WebhookRequest, seconds: float) -> None:
    """Verify the request within the given time, or raise the last error."""
    ends = time.monotonic() + seconds
    while True:
        try:
            return await proves.prove(request)
        except GatewayUnavailable:
            if time.monotonic() > ends:
                raise
        await asyncio.sleep(0.05)


async def test_redirect_is_not_followed() -> None:
    async with running_server() as server, running_server() as elsewhere:
        elsewhere.answer(FILE, CHAIN)
        server.answer(FILE, "", status=302, headers={"location": elsewhere.url + PATH})
        async with verifier(server) as proves:
            with pytest.raises(GatewayUnavailable):
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


async def test_certificates_are_fetched_from_allowed_addresses_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """All outgoing requests use a proxy that counts them. One allowed address is reached through the proxy."""
    live = settings(PAYPAL_API_BASE="", PAYPAL_MODE="live", PAYPAL_CLIENT_ID="real", PAYPAL_CLIENT_SECRET="real")
    async with running_server() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
            monkeypatch.delenv(name.lower(), raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        wire = Wire(live, FakeClock())
        certificates = Certificates(live, FakeClock(), wire.http)
        for trick in [*TRICKS, f"{proxy.url}{PATH}"]:
            with pytest.raises(InvalidSignature):
                await certificates.key(trick)
        assert proxy.connections == 0
        with pytest.raises(GatewayUnavailable):
            await certificates.key(ADDRESS)
        assert proxy.connections == 1
        await wire.aclose()


def test_test_authority_is_not_publicly_trusted() -> None:
    roots = public_roots()
    assert len(roots) > 20
    with pytest.raises(InvalidSignature):
        trusted_key(read_chain(CHAIN), roots, NOW)
    assert trusted_key(read_chain(CHAIN), [ROOT.certificate], NOW) == KEY.public_key()
