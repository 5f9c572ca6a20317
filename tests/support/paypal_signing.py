"""PayPal's certificates for tests, and webhooks signed with them."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from subscriptions.domain.ports.payment_gateway import WebhookRequest
from subscriptions.infrastructure.payments.paypal.verify import Verifier
from subscriptions.infrastructure.payments.paypal.wire import Wire
from tests.support.paypal import NOW, WEBHOOK, FakeClock, event, sale, settings
from tests.support.paypal_server import Server, running_server

NAME = "messageverificationcerts.paypal.com"
PATH = "/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77"
FILE = f"GET {PATH}"
ADDRESS = f"https://api.paypal.com{PATH}"
BODY = json.dumps(event("PAYMENT.SALE.COMPLETED", sale())).encode()


@dataclass
class Authority:
    """A certificate authority. `parent` is the authority that issued its certificate; None for a root."""

    name: str = "Test Root"
    parent: Authority | None = None
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    def __post_init__(self) -> None:
        self.certificate = (self.parent or self).issue(self.name, self.key, authority=True)

    def issue(
        self,
        name: str | None,
        key: rsa.RSAPrivateKey,
        *,
        authority: bool = False,
        days: tuple[int, int] = (-30, 365),
        more: Sequence[x509.ExtensionType] = (),
    ) -> x509.Certificate:
        """Issue a certificate.

        authority: True for the certificate of an authority.
        days: begin and end of its validity, as numbers of days from now.
        """
        usage = {
            "digital_signature": not authority,
            "key_cert_sign": authority,
            "crl_sign": authority,
            **dict.fromkeys(["content_commitment", "key_encipherment", "data_encipherment", "key_agreement"], False),
            "encipher_only": False,
            "decipher_only": False,
        }
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        mine = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(_called(name))
            .issuer_name(_called(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + timedelta(days=days[0]))
            .not_valid_after(NOW + timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .add_extension(identifier, critical=False)
            .add_extension(mine, critical=False)
        )
        for extension in more:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self.key, hashes.SHA256())


def _called(name: str | None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "PayPal, Inc.")]
    if name is not None:
        parts.append(x509.NameAttribute(NameOID.COMMON_NAME, name))
    return x509.Name(parts)


def pem(*certificates: x509.Certificate) -> bytes:
    """Return certificates as a PEM file."""
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


ROOT = Authority()
MIDDLE = Authority("Test Authority", ROOT)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
LEAF = MIDDLE.issue(NAME, KEY)
CHAIN = pem(LEAF, MIDDLE.certificate)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def sign(body: bytes, reported: Mapping[str, str], webhook: str = WEBHOOK, key: rsa.RSAPrivateKey = KEY) -> str:
    """Return the signature of a body as PayPal documents it."""
    message = (
        f"{reported['paypal-transmission-id']}|{reported['paypal-transmission-time']}|{webhook}|{zlib.crc32(body)}"
    )
    return base64.b64encode(key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def headers(
    body: bytes,
    webhook: str = WEBHOOK,
    at: datetime = NOW,
    key: rsa.RSAPrivateKey = KEY,
    address: str = ADDRESS,
    **changes: str,
) -> dict[str, str]:
    """Return the five signature headers. The changes are applied after signing, so they are not part of
    the signature.
    """
    reported = {
        "paypal-transmission-id": "dfb3be50-fd74-11e4-8bf3-77339302725b",
        "paypal-transmission-time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "paypal-cert-url": address,
        "paypal-auth-algo": "SHA256withRSA",
    }
    return {**reported, "paypal-transmission-sig": sign(body, reported, webhook, key), **changes}


def delivery(body: bytes | Mapping[str, Any], reported: Mapping[str, str] | None = None, **how: Any) -> WebhookRequest:
    """Return a webhook request, signed unless headers are given."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest(headers=headers(raw, **how) if reported is None else reported, body=raw, received_at=NOW)


@asynccontextmanager
async def certificate_server() -> AsyncIterator[Server]:
    """Run a server that serves PayPal's certificate with its chain."""
    async with running_server() as made:
        made.answer(FILE, CHAIN)
        yield made


@asynccontextmanager
async def verifier(server: Server, clock: FakeClock | None = None) -> AsyncIterator[Verifier]:
    """Yield a verifier that accepts the test's root authority and fetches certificates from the server."""
    mine = settings(PAYPAL_API_BASE=server.url, PAYPAL_WEBHOOK_CA=pem(ROOT.certificate).decode())
    known = clock or FakeClock()
    wire = Wire(mine, known)
    yield Verifier(mine, known, wire)
    await wire.aclose()


def signed(server: Server, body: bytes = BODY, **how: object) -> WebhookRequest:
    """Return a signed webhook request whose certificate is on the server."""
    return delivery(body, **{"address": server.url + PATH, **how})
