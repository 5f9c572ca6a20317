"""What became of an invoice, from a delivery or from the provider's own answer, which have the same members."""

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
"""The payer has done their part; the network, or the provider's own checks, have not finished."""

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
    """The fact of an invoice's status. key: names its money.

    Raises MalformedWebhook where one that concerns us lacks what it needs.
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
    """The fact of the money alone, for an invoice whose status has moved on to giving it back."""
    base = replace(base, payment_key=key, evidence=evidence(invoice))
    came, price = arrived_amount(invoice), asked_amount(invoice)
    if came is None or price is None or came.minor == 0:
        return ignore(base, "no money came")
    return _too_little(base, invoice) if came < price else _payment(base, invoice)


def ignore(base: PaymentEvent, reason: str) -> PaymentEvent:
    """Nothing that concerns us; `why` for whoever reads the inbox."""
    return replace(base, kind=PaymentEventKind.IGNORED, payment_key=None, amount=None, reason=reason)


def evidence(source: Node) -> dict[str, str]:
    """The payer's side, in a currency and with decimals that are nobody's money here: kept as text."""
    pairs = ((name, source.at(name).value) for name in _EVIDENCE)
    return {name: str(value) for name, value in pairs if _is_plain(value)}


def status_of(invoice: Node) -> str:
    """Its status, by either of the names it has."""
    return (invoice.text("status") or invoice.text("payment_status") or "unknown")[:60]


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT and value.isprintable()


def _payment(base: PaymentEvent, invoice: Node) -> PaymentEvent:
    """All that was asked for. What came beyond it is told beside; less than a coin of it is not."""
    price, came = asked_amount(invoice), arrived_amount(invoice)
    if price is None:
        raise MalformedWebhook(PROVIDER, f"{base.raw_type} {base.checkout_ref} has no usable amount or currency")
    event = replace(base, kind=PaymentEventKind.PAYMENT_COMPLETED, amount=price)
    if came is None or not price < came:
        return event
    return replace(event, amount=came, regular=price, reason=OVERPAID)


def _too_little(base: PaymentEvent, invoice: Node) -> PaymentEvent:
    """What came, where that can be told: an amount that is not less after all is left for a person."""
    price, came = asked_amount(invoice), arrived_amount(invoice)
    if price is not None and came is not None and not came < price:
        came = None
    return replace(base, kind=PaymentEventKind.PAYMENT_FAILED, reason=UNDERPAID, final=True, amount=came)


def _refund(base: PaymentEvent, invoice: Node, key: str) -> PaymentEvent:
    """An invoice is given back whole, once: so its refund is named after it."""
    amount = arrived_amount(invoice)
    return replace(
        base,
        kind=PaymentEventKind.REFUND,
        payment_key=f"{key}:refund",
        about_payment=key,
        amount_refunded=amount if amount is not None and amount.minor > 0 else None,
    )
