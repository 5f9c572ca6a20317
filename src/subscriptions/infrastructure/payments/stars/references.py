"""How things are called: an invoice's payload by our order, a subscription by its payer and first charge.

Renewals carry a new charge id and the same payload, changes of a subscription the payload alone; only the first payment
carries both, and Telegram wants payer and first charge when a subscription is to be stopped.
"""

import hashlib
import re
from typing import Final

PAYLOAD_LIMIT: Final = 128
"""Bytes, by the Bot API."""

_PAYLOAD = re.compile(r"(?P<order>[0-9a-f-]{36})\.[0-9a-f]{16}\Z")
_SUBSCRIPTION = re.compile(r"(?P<user>[0-9]{1,19}):(?P<charge>.{1,400})\Z", re.DOTALL)


def payload_for(order_id: str, idempotency_key: str) -> str:
    """One per attempt to pay; the same for a repetition of it."""
    return f"{order_id}.{hashlib.sha256(idempotency_key.encode()).hexdigest()[:16]}"


def order_in(payload: str) -> str | None:
    """Our order; None for a payload that is not ours."""
    match = _PAYLOAD.match(payload)
    return match["order"] if match else None


def subscription_ref(user: int, first_charge: str) -> str:
    """What a subscription is called here; Telegram has no name for it."""
    return f"{user}:{first_charge}"


def parts_of(ref: str) -> tuple[int, str] | None:
    """Payer and first charge; None for what is no such name."""
    match = _SUBSCRIPTION.match(ref)
    return (int(match["user"]), match["charge"]) if match else None
