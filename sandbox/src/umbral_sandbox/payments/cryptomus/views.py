"""Conversion of the Cryptomus account's records into the provider-neutral views of the control interface."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from umbral_sandbox.payments.cryptomus.account import PROVIDER
from umbral_sandbox.payments.cryptomus.rates import COINS, eight
from umbral_sandbox.payments.cryptomus.records import Invoice, Recurrence, Status
from umbral_sandbox.payments.money import exponent
from umbral_sandbox.payments.simulator import CheckoutView, PaymentView, SubscriptionView

_CheckoutState = Literal["open", "paid", "declined", "abandoned", "expired"]
_PaymentState = Literal["paid", "failed", "partially_refunded", "refunded", "disputed"]
_CHECKOUT: Final[dict[Status, _CheckoutState]] = {
    "paid": "paid",
    "paid_over": "paid",
    "refund_process": "paid",
    "refund_paid": "paid",
    "refund_fail": "paid",
    "wrong_amount": "paid",
    "fail": "declined",
    "system_fail": "declined",
    "cancel": "expired",
}
_PAYMENT: Final[dict[Status, _PaymentState]] = {
    "fail": "failed",
    "system_fail": "failed",
    "refund_process": "refunded",
    "refund_paid": "refunded",
}


def invoice_checkout(each: Invoice) -> CheckoutView:
    """Return an invoice as a hosted checkout. An underpaid final invoice counts as paid; its payment shows the paid
    amount.
    """
    return CheckoutView(
        id=each.id,
        provider=PROVIDER,
        state=_CHECKOUT.get(each.status, "abandoned" if each.abandoned else "open"),
        amount=_money(Decimal(each.amount), each.currency),
        currency=each.currency,
        url=each.url,
        reference=each.order_id,
    )


def recurrence_checkout(each: Recurrence) -> CheckoutView:
    """Return a recurrence as a hosted checkout."""
    state: _CheckoutState = "open"
    if each.anchor is not None:
        state = "paid"
    elif each.status != "wait_accept":
        state = "expired"
    elif each.declined or each.abandoned:
        state = "declined" if each.declined else "abandoned"
    return CheckoutView(
        id=each.id,
        provider=PROVIDER,
        state=state,
        amount=_money(Decimal(each.amount), each.currency),
        currency=each.currency,
        url=each.url,
        reference=each.order_id,
    )


def subscription(each: Recurrence) -> SubscriptionView:
    """Return an accepted recurrence. After the end of the recurrence, the period ends with the period of the last
    charge.
    """
    return SubscriptionView(
        id=each.id,
        provider=PROVIDER,
        state=each.status,
        reference=each.order_id,
        period_end=datetime.fromtimestamp(each.next_at or each.last_pay or each.created, UTC),
        cancel_at_period_end=False,
    )


def payment(each: Invoice) -> PaymentView:
    """Return the payment received for an invoice, in the invoice's currency."""
    whole = Decimal(each.payer_amount)
    came = Decimal(each.amount) * each.arrived / whole if each.arrivals else Decimal(each.amount)
    return PaymentView(
        id=each.id,
        provider=PROVIDER,
        state=_PAYMENT.get(each.status, "paid"),
        amount=_money(came, each.currency),
        currency=each.currency,
        reference=each.order_id,
        subscription=each.recurrence,
    )


def is_payment(each: Invoice) -> bool:
    """Return True if a payment arrived or failed."""
    return bool(each.arrivals) or each.status in {"fail", "system_fail"}


def _money(amount: Decimal, currency: str) -> str:
    if currency in COINS:
        return eight(amount)
    return f"{amount.quantize(Decimal(1).scaleb(-exponent(currency)), ROUND_HALF_UP):f}"
