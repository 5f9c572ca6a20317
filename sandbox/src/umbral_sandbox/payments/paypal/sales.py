"""Handlers of the PayPal API's operations on payments: sales of subscriptions, captures of orders, and
their refunds.
"""

from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.ask import Ask, Reply
from umbral_sandbox.payments.paypal.errors import PayPalError, missing, unprocessable
from umbral_sandbox.payments.paypal.records import Payment, Refund
from umbral_sandbox.payments.paypal.returning import give_back
from umbral_sandbox.payments.paypal.shapes import money as shapes


def read_sale(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/payments/sale/{id}``."""
    return Reply(200, shapes.sale(account, _payment(account, ask.id, "sale")))


def refund_sale(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/payments/sale/{id}/refund``."""
    payment, given = _payment(account, ask.id, "sale"), ask.given
    amount = given.tree("amount")
    if "amount" in given and amount.text("currency") != payment.currency:
        raise PayPalError("CURRENCY_MISMATCH", message="The currency of refund must be the same as the sale's.")
    refund = give_back(
        account,
        payment,
        amount.amount("total", "currency") if "amount" in given else None,
        invoice=given.text("invoice_number"),
        note=given.text("description"),
    )
    return Reply(201, shapes.sale_refund(account, refund))


def read_sale_refund(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/payments/refund/{id}``."""
    return Reply(200, shapes.sale_refund(account, _refund(account, ask.id, "sale")))


def read_capture(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v2/payments/captures/{id}``."""
    return Reply(200, shapes.capture(account, _payment(account, ask.id, "capture")))


def refund_capture(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v2/payments/captures/{id}/refund``."""
    payment, given = _payment(account, ask.id, "capture"), ask.given
    amount = given.tree("amount")
    if "amount" in given and amount.text("currency_code") != payment.currency:
        text = "Refund must be in the same currency as the capture."
        raise unprocessable("REFUND_CAPTURE_CURRENCY_MISMATCH", text)
    refund = give_back(
        account,
        payment,
        amount.amount() if "amount" in given else None,
        invoice=given.text("invoice_id"),
        custom=given.text("custom_id"),
        note=given.text("note_to_payer"),
    )
    shape = shapes.capture_refund(account, refund)
    return Reply(201, shape if ask.whole else {name: shape[name] for name in ("id", "status", "links")})


def read_capture_refund(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v2/payments/refunds/{id}``."""
    return Reply(200, shapes.capture_refund(account, _refund(account, ask.id, "capture")))


def _payment(account: Account, key: str, kind: str) -> Payment:
    payment = account.payments.get(key)
    if payment is None or payment.kind != kind:
        raise missing(key)
    return payment


def _refund(account: Account, key: str, kind: str) -> Refund:
    refund = account.refunds.get(key)
    if refund is None or refund.kind != kind:
        raise missing(key)
    return refund
