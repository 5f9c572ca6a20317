"""Events of an invoice. A webhook and the provider's API describe an invoice with the same fields."""

from dataclasses import replace
from typing import Final

from subscriptions.domain.ports.payment_facts import OVERPAID, UNDERPAID
from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.cryptomus.amounts import arrived_amount, asked_amount
from subscriptions.infrastructure.payments.cryptomus.errors import PROVIDER
from subscriptions.infrastructure.providers.reader import LONGEST_TEXT, Node

PAID_STATUSES: Final = frozenset(["paid", "paid_over"])
UNPAID: Final = frozenset(["cancel", "fail", "system_fail"])
TOO_LITTLE: Final = "wrong_amount"
REFUND_PAID: Final = "refund_paid"
REFUND_STATUSES: Final = frozenset([REFUND_PAID, "refund_process", "refund_fail"])
SEEN_STATES: Final = frozenset(["confirm_check", "locked"])
"""Statuses of a payment that the customer has sent and that the network or the provider is still checking."""

_EVIDENCE: Final = (
    "payer_currency",
    "payer_amount",
    "payment_amount",
    "payment_amount_usd",
    "merchant_amount",
    "network",
    "txid",
    "from",
    "order_id",
)


def outcome(base: PaymentEvent, invoice: Node, key: str) -> PaymentEvent:
    """Return the event for an invoice's status. `key`: key of the invoice's payment.

    Raises MalformedWebhook if an invoice of this installation lacks a required field.
    """
    status = status_of(invoice)
    base = replace(base, payment_key=key, evidence=evidence(invoice))
    if status in PAID_STATUSES | {TOO_LITTLE, REFUND_PAID} and invoice.flag("is_final") is False:
        return ignore(base, f"{status}, but not for good yet")
    if status in PAID_STATUSES:
        return _payment(base, invoice)
    if status == TOO_LITTLE:
        return _too_little(base, invoice)
    if status in UNPAID:
        return replace(base, kind=PaymentEventKind.PAYMENT_FAILED, payment_key=None, reason=status, final=True)
    if status == REFUND_PAID:
        return _refund(base, invoice, key)
    return ignore(base, f"{status} settles nothing")


def what_arrived(base: PaymentEvent, invoice: Node, key: str) -> PaymentEvent:
    """Return the payment event of an invoice that has a refund status now and was paid before."""
    base = replace(base, payment_key=key, evidence=evidence(invoice))
    came, price = arrived_amount(invoice), asked_amount(invoice)
    if came is None or price is None or came.minor == 0:
        return ignore(base, "no money came")
    return _too_little(base, invoice) if came < price else _payment(base, invoice)


def ignore(base: PaymentEvent, reason: str) -> PaymentEvent:
    """Return the event marked as ignored. `reason`: text shown in the inbox."""
    return replace(base, kind=PaymentEventKind.IGNORED, payment_key=None, amount=None, reason=reason)


def evidence(source: Node) -> dict[str, str]:
    """Return the payer's currency, amount and similar data as text. They are recorded and not used in calculations."""
    pairs = ((name, source.at(name).value) for name in _EVIDENCE)
    return {name: str(value) for name, value in pairs if _is_plain(value)}


def status_of(invoice: Node) -> str:
    """Return the status of an invoice, which has one of two field names."""
    return (invoice.text("status") or invoice.text("payment_status") or "unknown")[:60]


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT and value.isprintable()


def _payment(base: PaymentEvent, invoice: Node) -> PaymentEvent:
    """Return a payment of the full amount. An overpayment of at least one minor unit is reported in the event."""
    price, came = asked_amount(invoice), arrived_amount(invoice)
    if price is None:
        raise MalformedWebhook(PROVIDER, f"{base.raw_type} {base.checkout_ref} has no usable amount or currency")
    event = replace(base, kind=PaymentEventKind.PAYMENT_COMPLETED, amount=price)
    if came is None or not price < came:
        return event
    return replace(event, amount=came, regular=price, reason=OVERPAID)


def _too_little(base: PaymentEvent, invoice: Node) -> PaymentEvent:
    """Return an underpayment with the received amount. The amount is left out if it is not below the price, so that the
    payment is reviewed manually.
    """
    price, came = asked_amount(invoice), arrived_amount(invoice)
    if price is not None and came is not None and not came < price:
        came = None
    return replace(base, kind=PaymentEventKind.PAYMENT_FAILED, reason=UNDERPAID, final=True, amount=came)


def _refund(base: PaymentEvent, invoice: Node, key: str) -> PaymentEvent:
    """Return a refund. An invoice can only be refunded in full and once, so the refund's key is derived from the
    invoice's key.
    """
    amount = arrived_amount(invoice)
    return replace(
        base,
        kind=PaymentEventKind.REFUND,
        payment_key=f"{key}:refund",
        about_payment=key,
        amount_refunded=amount if amount is not None and amount.minor > 0 else None,
    )
