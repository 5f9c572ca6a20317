"""Refunds by the seller, and reversals by the bank."""

from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.amounts import to_value
from umbral_sandbox.payments.paypal.errors import PayPalError, unprocessable
from umbral_sandbox.payments.paypal.events import emit
from umbral_sandbox.payments.paypal.records import Payment, Refund
from umbral_sandbox.payments.paypal.shapes import money as shapes


def left_of(payment: Payment) -> int:
    """Return the amount that was not refunded yet."""
    return payment.amount - payment.refunded


def give_back(
    account: Account,
    payment: Payment,
    amount: int | None,
    *,
    invoice: str | None = None,
    custom: str | None = None,
    note: str | None = None,
) -> Refund:
    """Refund a payment. amount: amount to refund; None for everything that is not yet refunded."""
    _check(account, payment, amount)
    given = left_of(payment) if amount is None else amount
    payment.refunded += given
    account.keep(account.payments, payment)
    refund = _refund(account, payment, given, invoice=invoice, custom=custom, note=note)
    value = f"{to_value(given, payment.currency)} {payment.currency}"
    if payment.kind == "sale":
        shape = shapes.sale_refund(account, refund)
        emit(account, "PAYMENT.SALE.REFUNDED", "sale", shape, f"A {value} sale payment was refunded")
    else:
        shape = shapes.capture_refund(account, refund)
        summary = f"A {value} capture payment was refunded"
        emit(account, "PAYMENT.CAPTURE.REFUNDED", "refund", shape, summary, version="2.0")
    return refund


def reverse(account: Account, payment: Payment, amount: int) -> None:
    """Reverse a payment permanently, as the payer's bank. A reversal is stored as a refund that the seller did not
    make.
    """
    payment.reversed = True
    payment.refunded = min(payment.refunded + amount, payment.amount)
    account.keep(account.payments, payment)
    refund = _refund(account, payment, amount, note="Payment reversed")
    refund.reversed = True
    account.refunds.put(refund.id, refund)
    if account.settings.reversals == "silent":
        return
    value = f"{to_value(amount, payment.currency)} {payment.currency}"
    if payment.kind == "sale":
        shape = shapes.sale_reversal(account, refund)
        emit(account, "PAYMENT.SALE.REVERSED", "sale", shape, f"A {value} sale payment was reversed")
    else:
        shape = shapes.capture_refund(account, refund)
        summary = f"A {value} capture payment was reversed"
        emit(account, "PAYMENT.CAPTURE.REVERSED", "refund", shape, summary, version="2.0")


def _refund(
    account: Account,
    payment: Payment,
    amount: int,
    *,
    invoice: str | None = None,
    custom: str | None = None,
    note: str | None = None,
) -> Refund:
    refund = Refund(
        **account.stamp("payment"),
        payment=payment.id,
        kind=payment.kind,
        amount=amount,
        currency=payment.currency,
        total=payment.refunded,
        invoice=invoice or payment.invoice,
        custom=custom or payment.custom,
        note=note,
    )
    return account.refunds.put(refund.id, refund)


def held_back(account: Account, payment: Payment) -> bool:
    """Return True if the payment's money is on hold because of an open chargeback."""
    return any(
        each.payment == payment.id and each.status != "RESOLVED" and each.stage == "CHARGEBACK"
        for each in account.disputes.values()
    )


def _check(account: Account, payment: Payment, amount: int | None) -> None:
    left = left_of(payment)
    if payment.kind == "sale":
        _check_sale(account, payment, amount, left)
        return
    if payment.state != "completed":
        raise unprocessable("INVALID_RESOURCE_STATUS", "The capture is not completed.")
    if left == 0:
        raise unprocessable("CAPTURE_FULLY_REFUNDED", "The capture has already been fully refunded.")
    if amount is not None and amount > left:
        text = "The refund amount must be less than or equal to the capture amount that has not yet been refunded."
        raise unprocessable("REFUND_AMOUNT_EXCEEDED", text)
    if amount is not None and held_back(account, payment) and amount != left:
        text = "Refund for an amount less than the remaining transaction amount cannot be processed at this time."
        raise unprocessable("CAPTURE_DISPUTED_PARTIAL_REFUND_NOT_ALLOWED", text)


def _check_sale(account: Account, payment: Payment, amount: int | None, left: int) -> None:
    if left == 0:
        text = "Request was refused. This transaction has already been fully refunded."
        raise PayPalError("TRANSACTION_ALREADY_REFUNDED", message=text)
    if held_back(account, payment):
        raise PayPalError("TRANSACTION_REFUSED", message="The request was refused. A dispute is open for this sale.")
    if amount is not None and amount > left:
        text = "Refund refused. Refund was already issued for this amount."
        raise PayPalError("REFUND_EXCEEDED_TRANSACTION_AMOUNT", message=text)
