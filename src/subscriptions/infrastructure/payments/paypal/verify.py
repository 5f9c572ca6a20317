"""Verification that a webhook is from PayPal and for this installation. It works on the raw bytes before they are
parsed.

The signed text is `transmission id|time|webhook id|CRC-32 of the body` (the CRC in decimal), signed with the key of
PayPal's certificate.
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    GatewayError,
    GatewayUnavailable,
    InvalidSignature,
    MalformedWebhook,
    UntimelySignature,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.paypal.certificates import Certificates
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER
from subscriptions.infrastructure.payments.paypal.settings import PayPalSettings, Proof
from subscriptions.infrastructure.payments.paypal.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

OLDEST: Final = timedelta(days=5)
"""Maximum age of a webhook. PayPal repeats a webhook for three days; it is not documented whether a repetition keeps
the first time.
"""

EARLIEST: Final = timedelta(days=1)
"""Maximum time by which a webhook's time may be ahead of our clock."""

ALGORITHM: Final = "SHA256withRSA"
_ID = re.compile(r"[A-Za-z0-9-]{1,80}\Z", re.ASCII)
_LONGEST_HEADER: Final = 2000

_HEADERS: Final = {
    "id": "paypal-transmission-id",
    "time": "paypal-transmission-time",
    "signature": "paypal-transmission-sig",
    "certificate": "paypal-cert-url",
    "algorithm": "paypal-auth-algo",
}

_FIELDS = {
    "auth_algo": "paypal-auth-algo",
    "cert_url": "paypal-cert-url",
    "transmission_id": "paypal-transmission-id",
    "transmission_sig": "paypal-transmission-sig",
    "transmission_time": "paypal-transmission-time",
}


@dataclass(frozen=True, kw_only=True)
class Transmission:
    """Signature headers of a webhook. `sent_at`: parsed value of `time`."""

    id: str
    time: str
    signature: str
    certificate: str
    algorithm: str
    sent_at: datetime

    def signed_content(self, webhook_id: str, body: bytes) -> bytes:
        """Return the text that PayPal signed."""
        return f"{self.id}|{self.time}|{webhook_id}|{zlib.crc32(body)}".encode()


class Verifier:
    """Verifier of webhooks, with PayPal's certificate or by a request to PayPal."""

    def __init__(self, settings: PayPalSettings, clock: Clock, wire: Wire) -> None:
        self._settings = settings
        self._clock = clock
        self._wire = wire
        self._certificates = Certificates(settings, clock, wire.http)

    async def prove(self, request: WebhookRequest) -> tuple[dict[str, Any], str]:
        """Verify a webhook. Return its event and the id of its transmission.

        Raises InvalidSignature if the webhook is not from PayPal or not for this installation, MalformedWebhook for a
        body that is not JSON, and GatewayUnavailable if the verification needs an answer from PayPal and gets none.
        """
        received_transmission = transmission(request.headers)
        if self._settings.proof is Proof.POSTBACK:
            decode(request.body)
            await confirmed_by_provider(self._wire, request, self._settings.webhook_ids)
        else:
            await self._check_signature(received_transmission, request.body)
        # Our own clock may be wrong, so the time is confirmed before a webhook is refused for its age.
        is_recent = _is_near(received_transmission.sent_at, request.received_at) or _is_near(
            received_transmission.sent_at, await self._clock.confirm()
        )
        if not is_recent:
            reason = f"sent more than {OLDEST.days} days before it arrived, or in the future"
            raise UntimelySignature(PROVIDER, reason, received_transmission.sent_at)
        return decode(request.body), received_transmission.id

    async def _check_signature(self, transmission: Transmission, body: bytes) -> None:
        if transmission.algorithm != ALGORITHM:
            raise InvalidSignature(PROVIDER, f"the signature is not by {ALGORITHM}")
        try:
            signature = base64.b64decode(transmission.signature, validate=True)
        except binascii.Error:
            raise InvalidSignature(PROVIDER, "the signature is not base64") from None
        key = await self._certificates.key(transmission.certificate)
        messages = (transmission.signed_content(webhook_id, body) for webhook_id in self._settings.webhook_ids)
        if not any(_fits(key, signature, message) for message in messages):
            raise InvalidSignature(PROVIDER, "the signature does not fit the body and our webhook's ID")


def transmission(headers: Mapping[str, str]) -> Transmission:
    """Parse the signature headers. Raises InvalidSignature if one is missing or invalid."""
    header_values = {name: headers.get(header, "") for name, header in _HEADERS.items()}
    for name, value in header_values.items():
        if not value or len(value) > _LONGEST_HEADER or not (value.isascii() and value.isprintable()):
            raise InvalidSignature(PROVIDER, f"there is no usable {_HEADERS[name]} header")
    sent_at = Node(header_values["time"]).moment()
    if sent_at is None or not _ID.match(header_values["id"]):
        raise InvalidSignature(PROVIDER, "the transmission has no usable id or time")
    return Transmission(**header_values, sent_at=sent_at)


def decode(body: bytes) -> dict[str, Any]:
    """Parse the body. Raises MalformedWebhook for anything but a JSON object in UTF-8."""
    try:
        value = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise MalformedWebhook(PROVIDER, "the body is not JSON") from None
    if not isinstance(value, dict):
        raise MalformedWebhook(PROVIDER, "the body is not a JSON object")
    return value


def _fits(key: RSAPublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message, PKCS1v15(), SHA256())
    except WrongSignature:
        return False
    return True


def _is_near(sent_at: datetime, now: datetime) -> bool:
    return -EARLIEST <= now - sent_at <= OLDEST


async def confirmed_by_provider(wire: Wire, request: WebhookRequest, webhook_ids: tuple[str, ...]) -> None:
    """Verify a webhook by a request to PayPal.

    Raises InvalidSignature if PayPal rejects the webhook or the request, and GatewayUnavailable if PayPal does not
    answer. The caller has checked that the body is one JSON object.
    """
    for webhook_id in webhook_ids:
        try:
            answer = await wire.post("/v1/notifications/verify-webhook-signature", _question(request, webhook_id))
        except GatewayUnavailable:
            raise
        except GatewayError as error:
            raise InvalidSignature(PROVIDER, f"could not be confirmed: {type(error).__name__}") from None
        if answer.text("verification_status") == "SUCCESS":
            return
    raise InvalidSignature(PROVIDER, "PayPal does not confirm it for our webhook's ID")


def _question(request: WebhookRequest, webhook_id: str) -> bytes:
    """Return the body of the verification request.

    The event is inserted byte for byte. If it were parsed and written again, `1.0` would become `1`, and PayPal would
    answer FAILURE (PayPal-Python-SDK#175, PayPal-node-SDK#412).
    """
    fields = {name: request.headers.get(header, "") for name, header in _FIELDS.items()}
    start = json.dumps({**fields, "webhook_id": webhook_id})
    return start[:-1].encode() + b', "webhook_event": ' + request.body + b"}"
