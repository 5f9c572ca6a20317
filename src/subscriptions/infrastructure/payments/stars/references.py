"""References: an invoice's payload contains our order, and a subscription is identified by its payer and first charge.

A renewal has a new charge id and the same payload, a change of a subscription only the payload. Only the first payment
has both, and Telegram requires payer and first charge to cancel a subscription.
"""

import hashlib
import re
from typing import Final

PAYLOAD_LIMIT: Final = 128
"""Maximum bytes of a payload in the Bot API."""

_PAYLOAD = re.compile(r"(?P<order>[0-9a-f-]{36})\.[0-9a-f]{16}\Z")
_SUBSCRIPTION = re.compile(r"(?P<user>[0-9]{1,19}):(?P<charge>.{1,400})\Z", re.DOTALL)


def payload_for(order_id: str, idempotency_key: str) -> str:
    """Return the payload of an attempt to pay, which is deterministic."""
    return f"{order_id}.{hashlib.sha256(idempotency_key.encode()).hexdigest()[:16]}"


def order_in(payload: str) -> str | None:
    """Return our order's id, or None for a payload that is not ours."""
    match = _PAYLOAD.match(payload)
    return match["order"] if match else None


def subscription_ref(user: int, first_charge: str) -> str:
    """Return our reference of a subscription, which has no id at Telegram."""
    return f"{user}:{first_charge}"


def parts_of(ref: str) -> tuple[int, str] | None:
    """Return the payer and the first charge of a reference, or None if it is invalid."""
    match = _SUBSCRIPTION.match(ref)
    return (int(match["user"]), match["charge"]) if match else None
