"""Which charge of a recurring payment something is about. Nothing says so: it is told by when it was made.

A delivery names the charge by an id of its own, the recurring payment itself only says when the last one was. What both
know is the time, and the checkout's, which is handed back with everything: charges are counted in periods since then.
"""

from datetime import datetime

from subscriptions.infrastructure.payments.cryptomus.periods import length_of
from subscriptions.infrastructure.payments.cryptomus.references import References, utc


def number_of(whose: References | None, when: datetime) -> int | None:
    """The charge's number, from 0; None where the checkout's time or its period is not handed back.

    The nearest: the first is made soon after the checkout, and the others are not made to the minute.
    """
    length = length_of(whose.period) if whose is not None else None
    if whose is None or whose.made_at is None or length is None:
        return None
    return max(0, round((when - whose.made_at) / length))


def charge_key(order_id: str, whose: References | None, when: datetime) -> str:
    """Names the money of the charge that was made about then."""
    number = number_of(whose, when)
    return f"{order_id}:{number if number is not None else utc(when)}"
