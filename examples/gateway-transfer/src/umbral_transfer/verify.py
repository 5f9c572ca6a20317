"""Signature of a staff member's decision: HMAC-SHA-256 of its timestamp and body."""

import hashlib
import hmac
from datetime import timedelta

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import InvalidSignature, WebhookRequest

HEADER = "transfer-seal"
TOLERANCE = timedelta(days=2)


def sealed(secret: str, body: bytes, at: int) -> str:
    """Return the value of the signature header, `time.signature`."""
    mark = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"{at}.{mark}"


async def prove(provider: str, secret: str, request: WebhookRequest, clock: Clock) -> None:
    """Raise InvalidSignature unless the request was signed with our secret and is recent."""
    given = request.headers.get(HEADER, "")
    time = given.partition(".")[0]
    if not (given.isascii() and time.isdigit() and len(time) < 12):
        raise InvalidSignature(provider, "there is no seal")
    if not hmac.compare_digest(sealed(secret, request.body, int(time)), given):
        raise InvalidSignature(provider, "the seal is not ours")
    age = (await clock.confirm()).timestamp() - int(time)
    if abs(age) > TOLERANCE.total_seconds():
        raise InvalidSignature(provider, "the seal is of another time")
