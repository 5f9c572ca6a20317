"""PayPal's side of a test: its certificates, signed deliveries, and resources in both shapes, written by hand."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from subscriptions.domain.ports.payment_gateway import WebhookRequest
from subscriptions.infrastructure.payments.paypal.settings import PayPalSettings

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WEBHOOK = "4JH86294D6297924G"
OTHER_WEBHOOK = "1JE4291016473214C"
NAME = "messageverificationcerts.paypal.com"
CERTIFICATES = "/v1/notifications/certs/"
ADDRESS = f"https://api.paypal.com{CERTIFICATES}CERT-360caa42-fca2a594-a5cafa77"
ORDER = "9b2f0e3a-5d7c-4b1e-8a66-1c2d3e4f5a6b"
PERSON = 7001
CUSTOM = f"{ORDER}:{PERSON}"

Json = dict[str, Any]


class FakeClock:
    """A clock that stands still; `truth` is what it learns when it asks its source."""

    def __init__(self, now: datetime = NOW, truth: datetime | None = None) -> None:
        self._now = now
        self._truth = truth or now
        self.asked = 0

    def now(self) -> datetime:
        """The time as last known."""
        return self._now

    async def confirm(self) -> datetime:
        """The true time, and from now on the known one."""
        self.asked += 1
        self._now = self._truth
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let time go by."""
        self._now = self._truth = self._now + by


def environ(**changes: str) -> dict[str, str]:
    """Settings that work, with some changed; an address nobody answers at."""
    return {
        "PAYPAL_CLIENT_ID": "demo-client",
        "PAYPAL_CLIENT_SECRET": "demo-secret",
        "PAYPAL_WEBHOOK_ID": f"{WEBHOOK},{OTHER_WEBHOOK}",
        "PAYPAL_MODE": "sandbox",
        "PAYPAL_API_BASE": "http://127.0.0.1:9",
        **changes,
    }


def settings(**changes: str) -> PayPalSettings:
    """The same as an object."""
    made = PayPalSettings.from_environ(environ(**changes))
    assert made is not None
    return made


@dataclass
class Authority:
    """Signs certificates; `parent` is who signed its own, None for a root."""

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
    ) -> x509.Certificate:
        """A certificate, good from and until so many days from now."""
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
        return (
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
            .sign(self.key, hashes.SHA256())
        )


def _called(name: str | None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "PayPal, Inc.")]
    if name is not None:
        parts.append(x509.NameAttribute(NameOID.COMMON_NAME, name))
    return x509.Name(parts)


def pem(*certificates: x509.Certificate) -> bytes:
    """Certificates as a file."""
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


ROOT = Authority()
MIDDLE = Authority("Test Authority", ROOT)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
LEAF = MIDDLE.issue(NAME, KEY)
CHAIN = pem(LEAF, MIDDLE.certificate)


def sign(body: bytes, told: Mapping[str, str], webhook: str = WEBHOOK, key: rsa.RSAPrivateKey = KEY) -> str:
    """A signature as PayPal describes it."""
    message = f"{told['paypal-transmission-id']}|{told['paypal-transmission-time']}|{webhook}|{zlib.crc32(body)}"
    return base64.b64encode(key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def headers(
    body: bytes,
    webhook: str = WEBHOOK,
    at: datetime = NOW,
    key: rsa.RSAPrivateKey = KEY,
    address: str = ADDRESS,
    **changes: str,
) -> dict[str, str]:
    """All five headers, properly signed; changes are made afterwards, so that they are not signed."""
    told = {
        "paypal-transmission-id": "dfb3be50-fd74-11e4-8bf3-77339302725b",
        "paypal-transmission-time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "paypal-cert-url": address,
        "paypal-auth-algo": "SHA256withRSA",
    }
    return {**told, "paypal-transmission-sig": sign(body, told, webhook, key), **changes}


def delivery(body: bytes | Mapping[str, Any], told: Mapping[str, str] | None = None, **how: Any) -> WebhookRequest:
    """A delivery, signed properly unless headers are given."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest(headers=headers(raw, **how) if told is None else told, body=raw, received_at=NOW)


def event(kind: str, resource: Any, **changes: Any) -> Json:
    """An event around a resource."""
    return {
        "id": "WH-2HB96170UN4612531-6PJ1555491044161R",
        "event_version": "1.0",
        "create_time": "2026-11-20T08:59:55.120Z",
        "resource_type": "sale",
        "event_type": kind,
        "summary": "",
        "resource": resource,
        "links": [],
        **changes,
    }


def subscription(**changes: Any) -> Json:
    """An active monthly subscription as it is fetched, paid for once."""
    return {
        "id": "I-BW452GLLEP1G",
        "status": "ACTIVE",
        "status_update_time": "2026-11-20T08:59:50Z",
        "plan_id": "P-5ML4271244454362WXNWU5NQ",
        "start_time": "2026-11-20T08:58:00Z",
        "create_time": "2026-11-20T08:58:01Z",
        "custom_id": CUSTOM,
        "subscriber": {"payer_id": "2J6QB8YJQSJRJ", "email_address": "ana@example.com"},
        "billing_info": {
            "outstanding_balance": {"currency_code": "EUR", "value": "0.0"},
            "cycle_executions": [{"tenure_type": "REGULAR", "sequence": 1, "cycles_completed": 1, "total_cycles": 0}],
            "last_payment": {"amount": {"currency_code": "EUR", "value": "29.99"}, "time": "2026-11-20T08:59:52Z"},
            "next_billing_time": "2026-12-20T10:00:00Z",
            "failed_payments_count": 0,
        },
        "plan": plan(),
        **changes,
    }


def plan(**changes: Any) -> Json:
    """A billing plan of 29.99 EUR a month."""
    cycle = {
        "frequency": {"interval_unit": "MONTH", "interval_count": 1},
        "tenure_type": "REGULAR",
        "sequence": 1,
        "total_cycles": 0,
        "pricing_scheme": {"fixed_price": {"currency_code": "EUR", "value": "29.99"}},
    }
    return {"id": "P-5ML4271244454362WXNWU5NQ", "status": "ACTIVE", "billing_cycles": [cycle], **changes}


def agreement(**changes: Any) -> Json:
    """The same subscription in the old shape."""
    return {
        "id": "I-BW452GLLEP1G",
        "state": "Active",
        "agreement_details": {
            "outstanding_balance": {"value": "0.00"},
            "next_billing_date": "2026-12-20T10:00:00Z",
            "failed_payment_count": "0",
        },
        "start_date": "2026-11-20T08:00:00Z",
        **changes,
    }


def sale(**changes: Any) -> Json:
    """A subscription's charge, version 1."""
    return {
        "id": "7D51924877811803R",
        "amount": {"total": "29.99", "currency": "EUR", "details": {"subtotal": "29.99"}},
        "billing_agreement_id": "I-BW452GLLEP1G",
        "create_time": "2026-11-20T08:59:52Z",
        "state": "completed",
        "links": [],
        **changes,
    }


def sale_refund(**changes: Any) -> Json:
    """Money of a sale given back, version 1."""
    return {
        "id": "6YX43824R4443062K",
        "amount": {"total": "29.99", "currency": "EUR"},
        "sale_id": "7D51924877811803R",
        "state": "completed",
        "total_refunded_amount": {"value": "29.99", "currency": "EUR"},
        **changes,
    }


def links(**relations: str) -> list[Json]:
    """Links by relation."""
    return [{"rel": rel, "href": href, "method": "GET"} for rel, href in relations.items()]


def capture(**changes: Any) -> Json:
    """An order's money, version 2."""
    return {
        "id": "02335565G34798738",
        "status": "COMPLETED",
        "amount": {"currency_code": "EUR", "value": "29.99"},
        "custom_id": CUSTOM,
        "create_time": "2026-11-20T08:59:52Z",
        "supplementary_data": {"related_ids": {"order_id": "1W5313654M9708630"}},
        "links": links(up="https://api.paypal.com/v2/checkout/orders/1W5313654M9708630"),
        **changes,
    }


def capture_refund(**changes: Any) -> Json:
    """Money of a capture given back, version 2."""
    return {
        "id": "1JU08902781691411",
        "status": "COMPLETED",
        "amount": {"currency_code": "EUR", "value": "29.99"},
        "custom_id": CUSTOM,
        "links": links(up="https://api.paypal.com/v2/payments/captures/02335565G34798738"),
        **changes,
    }


def order(**changes: Any) -> Json:
    """An order the buyer has approved."""
    unit = {"custom_id": CUSTOM, "amount": {"currency_code": "EUR", "value": "29.99"}}
    return {
        "id": "1W5313654M9708630",
        "intent": "CAPTURE",
        "status": "APPROVED",
        "purchase_units": [unit],
        "update_time": "2026-11-20T08:59:52Z",
        **changes,
    }


def dispute(**changes: Any) -> Json:
    """A claim about a sale."""
    return {
        "dispute_id": "PP-D-27803",
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "dispute_life_cycle_stage": "CHARGEBACK",
        "reason": "UNAUTHORISED",
        "dispute_amount": {"currency_code": "EUR", "value": "29.99"},
        "disputed_transactions": [{"seller_transaction_id": "7D51924877811803R"}],
        **changes,
    }
