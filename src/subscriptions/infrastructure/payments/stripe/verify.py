"""Verification that a webhook is from Stripe. It works on the raw bytes before they are parsed, and uses our
own clock.
"""

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
    """Verify the signature of a webhook.

    Raises InvalidSignature if no secret matches, UntimelySignature if a secret matches but the time is too far from
    now, and MalformedWebhook for a body that is not text.
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
    # Our own clock may be wrong, so the time is confirmed before a webhook is refused for its age.
    if not _is_near(signed_at, (await clock.confirm()).timestamp()):
        reason = f"signed more than {TOLERANCE_SECONDS} s before or after it arrived"
        raise UntimelySignature(PROVIDER, reason, _moment(signed_at))


def decode(body: bytes) -> dict[str, Any]:
    """Parse the body. Raises MalformedWebhook for anything but a JSON object."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedWebhook(PROVIDER, "the body is not JSON") from None
    if not isinstance(value, dict):
        raise MalformedWebhook(PROVIDER, "the body is not a JSON object")
    return value


def _signed_at(header: str) -> int:
    """Return the timestamp in the header. Two timestamps are refused, because the library could use one and this check
    the other.
    """
    if not header.isascii():
        raise InvalidSignature(PROVIDER, "the signature is not ASCII")
    pairs = (item.partition("=") for item in header.split(","))
    times = [value for name, _, value in pairs if name == "t"]
    if len(times) != 1 or not _SECONDS.match(times[0]):
        raise InvalidSignature(PROVIDER, "there is no signature with one time in the header")
    return int(times[0])


def _fits(payload: str, header: str, secret: SecretStr) -> bool:
    try:
        # No tolerance is passed, because the library's own check uses the system's clock and accepts future timestamps.
        stripe.WebhookSignature.verify_header(payload, header, secret.get_secret_value(), None)
    except stripe.SignatureVerificationError:
        return False
    return True


def _moment(signed_at: int) -> datetime:
    try:
        return datetime.fromtimestamp(signed_at, UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidSignature(PROVIDER, "the signature's timestamp is missing or invalid") from None


def _is_near(signed_at: int, now: float) -> bool:
    return abs(int(now) - signed_at) <= TOLERANCE_SECONDS
