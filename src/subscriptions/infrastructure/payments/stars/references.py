"""References: an invoice's payload contains our order, and a subscription is identified by its payer and first charge.

A renewal reports a new charge id and the same payload; a change of a subscription reports only the payload. Only the
first payment reports both the payload and the first charge, and Telegram requires the payer and the first charge to
cancel a subscription.
"""

import hashlib
import re
from typing import Final

PAYLOAD_LIMIT: Final = 128
"""Maximum length of a payload in the Bot API, in bytes."""

_PAYLOAD = re.compile(r"(?P<order>[0-9a-f-]{36})\.[0-9a-f]{16}\Z")
_SUBSCRIPTION = re.compile(r"(?P<user>[0-9]{1,19}):(?P<charge>.{1,400})\Z", re.DOTALL)


def payload_for(order_id: str, idempotency_key: str) -> str:
    """Return the payload of a checkout, derived from the order and the idempotency key."""
    return f"{order_id}.{hashlib.sha256(idempotency_key.encode()).hexdigest()[:16]}"


def order_in(payload: str) -> str | None:
    """Return the id of our order in a payload, or None if the payload is not ours."""
    match = _PAYLOAD.match(payload)
    return match["order"] if match else None


def subscription_ref(user: int, first_charge: str) -> str:
    """Return our reference of a subscription. Subscriptions have no id at Telegram."""
    return f"{user}:{first_charge}"


def parts_of(ref: str) -> tuple[int, str] | None:
    """Split the reference of a subscription into payer and first charge; None if it is invalid."""
    match = _SUBSCRIPTION.match(ref)
    return (int(match["user"]), match["charge"]) if match else None
