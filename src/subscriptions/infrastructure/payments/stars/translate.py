"""Translation of Telegram updates about payments to payment events."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stars.errors import PROVIDER
from subscriptions.infrastructure.payments.stars.references import order_in, subscription_ref

STARS: Final = "XTR"
PERIOD: Final = timedelta(days=30)
LAST_SECOND: Final = 2**37
"""Maximum accepted timestamp in seconds, which is far in the future and still a valid date."""

_STATES: Final[Mapping[str, PaymentEventKind]] = {
    "canceled": PaymentEventKind.SUBSCRIPTION_CANCELED,
    "active": PaymentEventKind.SUBSCRIPTION_UPDATED,
    "failed": PaymentEventKind.PAYMENT_FAILED,
}


def concerns(update: Mapping[str, object]) -> bool:
    """Return True if an update is about Stars paid to the bot."""
    message = update.get("message")
    if isinstance(message, Mapping):
        receipts = (message.get("successful_payment"), message.get("refunded_payment"))
        return any(isinstance(item, Mapping) and item.get("currency") == STARS for item in receipts)
    return isinstance(update.get("subscription"), Mapping)


def translate(update: Mapping[str, Any], received_at: datetime) -> PaymentEvent:
    """Translate an update to an event. Raises MalformedWebhook if a required field is missing."""
    number = _number(update.get("update_id"))
    if number is None:
        raise MalformedWebhook(PROVIDER, "an update without a number")
    message, change = update.get("message"), update.get("subscription")
    if isinstance(message, Mapping):
        payment, refund = message.get("successful_payment"), message.get("refunded_payment")
        if isinstance(payment, Mapping) and payment.get("currency") == STARS:
            return _payment(number, message, payment, received_at)
        if isinstance(refund, Mapping) and refund.get("currency") == STARS:
            return _refund(number, message, refund, received_at)
    if isinstance(change, Mapping):
        return _subscription_change(number, change, received_at)
    return _event(PaymentEventKind.IGNORED, str(number), "other", received_at)


def payment(
    *, user: int | None, charge: str, amount: int, payload: str, paid_at: datetime, key: str, raw_type: str
) -> PaymentEvent:
    """Create a payment event without the fields of a subscription, which `for_period` adds."""
    event = _event(PaymentEventKind.PAYMENT_COMPLETED, key, raw_type, paid_at)
    return replace(
        event,
        payment_key=charge,
        checkout_ref=payload,
        order_id=order_in(payload),
        telegram_id=user,
        amount=_stars(amount),
        evidence={"charge": charge},
    )


def refund_event(
    *, user: int | None, charge: str, amount: int, payload: str, at: datetime, key: str, raw_type: str
) -> PaymentEvent:
    """Create the event of a refund. A charge is always refunded in full and only once."""
    return replace(
        _event(PaymentEventKind.REFUND, key, raw_type, at),
        payment_key=f"refund:{charge}",
        about_payment=charge,
        checkout_ref=payload,
        order_id=order_in(payload),
        telegram_id=user,
        amount=_stars(amount),
        amount_refunded=_stars(amount),
        evidence={"charge": charge},
    )


def for_period(event: PaymentEvent, end: datetime, *, is_first: bool) -> PaymentEvent:
    """Return the payment event with the fields of a subscription that is paid until `end`. Only the first payment has
    the subscription's reference.
    """
    user, charge = event.telegram_id, event.payment_key
    reference = subscription_ref(user, charge) if is_first and user is not None and charge is not None else None
    return replace(
        event, period_start=end - PERIOD, period_end=end, is_renewal=not is_first, subscription_ref=reference
    )


def _payment(
    number: int, message: Mapping[str, Any], invoice: Mapping[str, Any], received_at: datetime
) -> PaymentEvent:
    charge = _charge(invoice)
    event = payment(
        user=_person(message.get("from")) or _person(message.get("chat")),
        charge=charge,
        amount=_amount(invoice),
        payload=str(invoice.get("invoice_payload", "")),
        paid_at=_moment(message.get("date")) or received_at,
        key=f"{number}:{charge}",
        raw_type="successful_payment",
    )
    end = _moment(invoice.get("subscription_expiration_date"))
    if end is None and not invoice.get("is_recurring"):
        return event
    renewal = bool(invoice.get("is_recurring")) and not invoice.get("is_first_recurring")
    return for_period(event, end or event.occurred_at + PERIOD, is_first=not renewal)


def _refund(number: int, message: Mapping[str, Any], refund: Mapping[str, Any], received_at: datetime) -> PaymentEvent:
    charge = _charge(refund)
    return refund_event(
        user=_person(message.get("chat")),
        charge=charge,
        amount=_amount(refund),
        payload=str(refund.get("invoice_payload", "")),
        at=_moment(message.get("date")) or received_at,
        key=f"{number}:{charge}",
        raw_type="refunded_payment",
    )


def _subscription_change(number: int, change: Mapping[str, Any], received_at: datetime) -> PaymentEvent:
    """Create the event of a changed subscription. The update has no date, so the time of receipt is used; updates of a
    chat arrive in order.
    """
    state, payload = str(change.get("state", "")), str(change.get("invoice_payload", ""))
    kind = _STATES.get(state, PaymentEventKind.IGNORED)
    if kind is PaymentEventKind.IGNORED or not payload:
        return _event(PaymentEventKind.IGNORED, str(number), "subscription", received_at)
    return replace(
        _event(kind, f"{number}:{payload}:{state}", f"subscription.{state}", received_at),
        checkout_ref=payload,
        order_id=order_in(payload),
        telegram_id=_person(change.get("user")),
        is_renewal=kind is PaymentEventKind.PAYMENT_FAILED,
    )


def _event(kind: PaymentEventKind, key: str, raw_type: str, at: datetime) -> PaymentEvent:
    return PaymentEvent(kind=kind, provider=PROVIDER, event_key=key, raw_type=raw_type, occurred_at=at)


def _charge(receipt: Mapping[str, Any]) -> str:
    charge = receipt.get("telegram_payment_charge_id")
    if not isinstance(charge, str) or not charge:
        raise MalformedWebhook(PROVIDER, "a payment without its charge id")
    return charge


def _amount(receipt: Mapping[str, Any]) -> int:
    amount = _number(receipt.get("total_amount"))
    if amount is None or amount < 0:
        raise MalformedWebhook(PROVIDER, "a payment without an amount")
    return amount


def _stars(amount: int) -> Money:
    return Money(amount, STARS)


def _person(holder: object) -> int | None:
    return _number(holder.get("id")) if isinstance(holder, Mapping) else None


def _moment(value: object) -> datetime | None:
    seconds = _number(value)
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None and 0 < seconds < LAST_SECOND else None


def _number(value: object) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and abs(value) < 2**63 else None
