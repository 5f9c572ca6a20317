"""Lifecycle of an order: approved by the payer, captured by the seller."""

from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.charging import fee_of
from umbral_sandbox.payments.paypal.errors import unprocessable
from umbral_sandbox.payments.paypal.events import emit
from umbral_sandbox.payments.paypal.records import CheckoutOrder, Payment
from umbral_sandbox.payments.paypal.shapes import money as money_shapes
from umbral_sandbox.payments.paypal.shapes import orders as shapes


def approve(account: Account, order: CheckoutOrder) -> None:
    """Approve the order as the payer; the seller then has to capture it."""
    order.status, order.payer = "APPROVED", account.payer()
    account.keep(account.orders, order)
    shape = shapes.order(account, order)
    emit(
        account,
        "CHECKOUT.ORDER.APPROVED",
        "checkout-order",
        shape,
        "An order has been approved by buyer",
        version="2.0",
    )


def capture(account: Account, order: CheckoutOrder) -> Payment:
    """Capture an approved order, with the result that the account's settings name."""
    if order.status == "COMPLETED":
        text = "Order already captured. If 'intent=CAPTURE' only one capture per order is allowed."
        raise unprocessable("ORDER_ALREADY_CAPTURED", text)
    if order.status != "APPROVED":
        raise unprocessable("ORDER_NOT_APPROVED", "Payer has not yet approved the Order for payment.")
    wanted = account.settings.captures
    if wanted == "declined":
        text = "The instrument presented was either declined by the processor or bank, or it can't be used."
        raise unprocessable("INSTRUMENT_DECLINED", text)
    amount = order.unit.amount if order.first_amount is None else order.first_amount
    payment = Payment(
        **account.stamp("payment"),
        kind="capture",
        amount=amount,
        currency=order.unit.currency,
        fee=fee_of(amount),
        state="completed" if wanted == "completed" and not order.by_echeck else "pending",
        by_echeck=order.by_echeck,
        order=order.id,
        custom=order.unit.custom,
        invoice=order.unit.invoice,
    )
    account.payments.put(payment.id, payment)
    order.status, order.capture = "COMPLETED", payment.id
    account.keep(account.orders, order)
    if payment.state == "completed":
        _tell(account, payment, "COMPLETED", "Payment completed")
        _tell_order(account, order, "COMPLETED", "Checkout order is completed")
    else:
        _tell(account, payment, "PENDING", "Payment pending")
    return payment


def clear(account: Account, payment: Payment) -> None:
    """Complete a pending capture, about which the payer's bank has decided."""
    payment.state = "completed"
    account.keep(account.payments, payment)
    _tell(account, payment, "COMPLETED", "Payment completed")


def deny(account: Account, payment: Payment) -> None:
    """Deny a pending capture."""
    payment.state = "denied"
    account.keep(account.payments, payment)
    _tell(account, payment, "DENIED", "Payment denied")


def _tell(account: Account, payment: Payment, name: str, words: str) -> None:
    shape = money_shapes.capture(account, payment)
    value = money_shapes.capture_amount(payment)
    emit(account, f"PAYMENT.CAPTURE.{name}", "capture", shape, f"{words} for {value}", version="2.0")


def _tell_order(account: Account, order: CheckoutOrder, name: str, summary: str) -> None:
    shape = shapes.order(account, order)
    emit(account, f"CHECKOUT.ORDER.{name}", "checkout-order", shape, summary, version="2.0")
