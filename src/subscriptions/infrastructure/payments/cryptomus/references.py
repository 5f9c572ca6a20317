"""References to our orders on Cryptomus' objects: the unique order id, and a text that the provider returns unchanged.

This module also numbers the charges of a recurring payment, because the provider does not identify them consistently. A
webhook identifies a charge by a separate id, and the recurring payment only reports the time of its last charge. Both
contain a time and the order id, and the order id contains the checkout's time, so a charge's number is the number of
periods since the checkout.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from subscriptions.domain.ports.payment_gateway import CheckoutRequest
from subscriptions.infrastructure.payments.cryptomus import php_json
from subscriptions.infrastructure.payments.cryptomus.periods import WEEKLY, length_of, period_for
from subscriptions.infrastructure.providers.reader import Literal, Node

RECURRENCE: Final = "recurrence:"
"""Prefix of a recurring payment's order id in its checkout reference."""

_DATA_LIMIT: Final = 255
_ID_LIMIT: Final = 80  # A recurring payment's id may have 100 characters, and its time and a number may follow.
_PREFIX: Final = "checkout:"
_RECURRENCE_PREFIX: Final = "r-"
_TIME_PATTERN: Final = r"(?:-(?P<period>[wmq])(?P<made_at>[0-9a-z]{5,8}))?"
_OURS = re.compile(
    rf"(?:r-)?(?P<order>[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})-[0-9]{{1,9}}{_TIME_PATTERN}(?:_[0-9]{{1,3}})?\Z"
)
_LETTERS: Final = {"weekly": "w", "monthly": "m", "three_month": "q"}
_WORDS: Final = {letter: period for period, letter in _LETTERS.items()}


@dataclass(frozen=True)
class References:
    """Reference to the order that an object belongs to.

    made_at: approximate time of the checkout
    period: period of the recurring charges
    """

    order_id: str
    telegram_id: int | None = None
    made_at: datetime | None = None
    period: str | None = None


def order_id_for(request: CheckoutRequest, *, is_recurring: bool, turn: int = 1) -> str:
    """Return the order id `{order}-{attempt}` for the idempotency key. `turn`: number of the object under that key.

    The same key and turn give the same id, which consists of letters, digits, dashes and underscores. The id of a
    recurring payment also contains its period and the end of its checkout, because its charges are reported only with
    this id.
    """
    key = request.idempotency_key
    plain = key.removeprefix(_PREFIX).replace(":", "-")
    if not re.fullmatch(rf"[A-Za-z0-9_-]{{1,{_ID_LIMIT}}}", plain):
        plain = hashlib.sha256(key.encode()).hexdigest()
    suffix = f"_{turn}" if turn > 1 else ""
    if not is_recurring or request.interval is None:
        return f"{plain}{suffix}"
    letter = _LETTERS[period_for(request.interval, request.interval_count) or WEEKLY]
    return f"{_RECURRENCE_PREFIX}{plain}-{letter}{_base36(int(request.expires_at.timestamp()))}{suffix}"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"


def recurrence_ref(order_id: str, charge: str | None = None) -> str:
    """Return the checkout reference of a recurring payment. `charge`: invoice of the charge that a webhook is about."""
    return f"{RECURRENCE}{order_id}" + (f"/{charge}" if charge is not None else "")


def split_recurrence(ref: str) -> tuple[str, str | None]:
    """Return the order id in a checkout reference, and the charge that the reference names. The charge is None unless
    the reference is from a webhook.
    """
    order_id, _, charge = ref.removeprefix(RECURRENCE).partition("/")
    return order_id, charge or None


def is_recurrence(order_id: str | None) -> bool:
    """Return True if an order id belongs to a recurring payment."""
    return order_id is not None and order_id.startswith(_RECURRENCE_PREFIX)


def additional_data(request: CheckoutRequest, now: datetime, period: str | None = None) -> str:
    """Return the text that the provider returns unchanged with every object. `period`: period of a
    recurring payment.
    """
    facts: dict[str, object] = {
        "order_id": request.order_id,
        "telegram_id": request.telegram_id,
        "made_at": int(now.timestamp()),
        **({"period": period} if period is not None else {}),
        "plan": request.plan,
        "plan_id": request.plan_id,
    }
    text = php_json.dump_plain(facts).decode()
    if len(text) > _DATA_LIMIT:
        del facts["plan"]
        text = php_json.dump_plain(facts).decode()
    return text


def references(source: Node) -> References | None:
    """Return the reference to our order, or None if the object has none."""
    node, match = _additional(source.at("additional_data").value), _OURS.match(source.text("order_id") or "")
    order_id = node.text("order_id") or (match["order"] if match else None)
    if order_id is None:
        return None
    made_at, period = node.moment("made_at"), node.text("period")
    if match and match["period"]:
        made_at, period = datetime.fromtimestamp(int(match["made_at"], 36), UTC), _WORDS[match["period"]]
    return References(order_id, _telegram_id(node.at("telegram_id").value), made_at, period)


def _additional(value: object) -> Node:
    if not isinstance(value, str) or len(value) > _DATA_LIMIT * 4:
        return Node(None)
    try:
        return Node(php_json.parse(value))
    except (ValueError, RecursionError):
        return Node(None)


def _telegram_id(value: object) -> int | None:
    usable = isinstance(value, Literal) and value.isascii() and value.isdigit() and len(value) <= 18
    return int(str(value)) if usable else None


def utc(moment: datetime) -> str:
    """Format a timestamp in UTC, for use in a payment key."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def number_of(whose: References | None, charged_at: datetime) -> int | None:
    """Return the number of a charge, counted from 0, or None if the time of the checkout or the period is unknown.

    The time of the charge is rounded to the nearest period, because the first charge follows the checkout shortly and
    later charges are not exactly on time.
    """
    length = length_of(whose.period) if whose is not None else None
    if whose is None or whose.made_at is None or length is None:
        return None
    return max(0, round((charged_at - whose.made_at) / length))


def charge_key(order_id: str, whose: References | None, charged_at: datetime) -> str:
    """Return the key of the payment that was charged at approximately this time."""
    number = number_of(whose, charged_at)
    return f"{order_id}:{number if number is not None else utc(charged_at)}"
