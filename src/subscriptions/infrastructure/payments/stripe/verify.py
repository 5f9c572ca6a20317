"""Proof that a delivery comes from Stripe: on the raw bytes, with our own clock, before anything in it is believed."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import stripe
from pydantic import SecretStr

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    InvalidSignature,
    MalformedWebhook,
    UntimelySignature,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.stripe.errors import PROVIDER

HEADER: Final = "stripe-signature"
TOLERANCE_SECONDS: Final = 300

_SECONDS = re.compile(r"[0-9]{1,12}\Z")


async def prove(request: WebhookRequest, secrets: Iterable[SecretStr], clock: Clock) -> None:
    """Raises InvalidSignature where no secret fits, UntimelySignature where one does and the time is off,
    MalformedWebhook for a body that is no text.
    """
    header = request.headers.get(HEADER, "")
    signed_at = _signed_at(header)
    try:
        payload = request.body.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedWebhook(PROVIDER, "the body is not UTF-8") from None
    if not any(_fits(payload, header, secret) for secret in secrets):
        raise InvalidSignature(PROVIDER, "the signature fits none of our secrets")
    if _is_near(signed_at, request.received_at.timestamp()):
        return
    # Our idea of the time may be the one that is off: it is asked once more before anything is refused for it.
    if not _is_near(signed_at, (await clock.confirm()).timestamp()):
        reason = f"signed more than {TOLERANCE_SECONDS} s before or after it arrived"
        raise UntimelySignature(PROVIDER, reason, _moment(signed_at))


def decode(body: bytes) -> dict[str, Any]:
    """The event as plain JSON. Raises MalformedWebhook for anything but an object."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedWebhook(PROVIDER, "the body is not JSON") from None
    if not isinstance(value, dict):
        raise MalformedWebhook(PROVIDER, "the body is not a JSON object")
    return value


def _signed_at(header: str) -> int:
    """The one time in the header. Two are refused: the library could sign with one and we check the other."""
    if not header.isascii():
        raise InvalidSignature(PROVIDER, "the signature is not ASCII")
    pairs = (item.partition("=") for item in header.split(","))
    times = [value for name, _, value in pairs if name == "t"]
    if len(times) != 1 or not _SECONDS.match(times[0]):
        raise InvalidSignature(PROVIDER, "there is no signature with one time in the header")
    return int(times[0])


def _fits(payload: str, header: str, secret: SecretStr) -> bool:
    try:
        # No tolerance here: the library's own check reads the wall clock, and lets the future pass.
        stripe.WebhookSignature.verify_header(payload, header, secret.get_secret_value(), None)
    except stripe.SignatureVerificationError:
        return False
    return True


def _moment(signed_at: int) -> datetime:
    try:
        return datetime.fromtimestamp(signed_at, UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidSignature(PROVIDER, "signed at no time that there is") from None


def _is_near(signed_at: int, now: float) -> bool:
    return abs(int(now) - signed_at) <= TOLERANCE_SECONDS
