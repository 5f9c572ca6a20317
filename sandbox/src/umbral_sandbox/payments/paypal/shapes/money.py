"""Wire formats of PayPal sales, captures and their refunds."""

from pydantic import JsonValue

from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.amounts import to_value
from umbral_sandbox.payments.paypal.records import JsonObject, Payment, Refund
from umbral_sandbox.payments.paypal.shapes.common import BUYER, link, money, older_money, total
from umbral_sandbox.payments.paypal.shapes.common import name as buyer_name
from umbral_sandbox.payments.paypal.times import written

_ELIGIBLE: JsonObject = {
    "protection_eligibility": "ELIGIBLE",
    "protection_eligibility_type": "ITEM_NOT_RECEIVED_ELIGIBLE,UNAUTHORIZED_PAYMENT_ELIGIBLE",
}
_NOT_COUNTED = frozenset({"declined", "denied", "pending"})


def state(payment: Payment) -> str:
    """Return the state of a payment, derived from the refunded amount."""
    if payment.state in _NOT_COUNTED or not payment.refunded:
        return payment.state
    return "refunded" if payment.refunded >= payment.amount else "partially_refunded"


def sale(account: Account, payment: Payment) -> JsonObject:
    """Return a sale of a subscription in the older API's format."""
    here = f"{account.api}/v1/payments/sale/{payment.id}"
    details: JsonObject = {"subtotal": to_value(payment.amount, payment.currency)}
    shape: JsonObject = {
        "id": payment.id,
        "state": state(payment),
        "amount": total(payment.amount, payment.currency) | {"details": details},
        "payment_mode": "ECHECK" if payment.by_echeck else "INSTANT_TRANSFER",
        **_ELIGIBLE,
        "invoice_number": payment.invoice or "",
        "billing_agreement_id": payment.subscription,
    }
    if payment.custom is not None:
        shape["custom"] = payment.custom
    if payment.state == "pending":
        shape["reason_code"] = "ECHECK"
    else:
        shape["transaction_fee"] = older_money(payment.fee, payment.currency)
    return shape | {
        "create_time": written(payment.created),
        "update_time": written(payment.updated),
        "links": [link(here, "self"), link(f"{here}/refund", "refund", "POST")],
    }


def sale_refund(account: Account, refund: Refund) -> JsonObject:
    """Return a refund of a sale in the older API's format."""
    given, nothing = total(refund.amount, refund.currency), total(0, refund.currency)
    links: list[JsonValue] = [
        link(f"{account.api}/v1/payments/refund/{refund.id}", "self"),
        link(f"{account.api}/v1/payments/sale/{refund.payment}", "sale"),
    ]
    shape: JsonObject = {
        "id": refund.id,
        "create_time": written(refund.created),
        "update_time": written(refund.updated),
        "state": "completed",
        "amount": given,
        "refund_reason_code": "CHARGEBACK" if refund.reversed else "REFUND",
        "refund_to_payer": given,
        "refund_from_transaction_fee": nothing,
        "refund_from_received_amount": given,
        "total_refunded_amount": total(refund.total, refund.currency),
        "invoice_number": refund.invoice or "",
        "sale_id": refund.payment,
    }
    if refund.custom is not None:
        shape["custom"] = refund.custom
    return shape | {"links": links}


def sale_reversal(account: Account, refund: Refund) -> JsonObject:
    """Return a reversal of a sale. As in the provider's own sample, only the linked refund names the sale."""
    lost = total(-refund.amount, refund.currency)
    return {
        "id": refund.id,
        "create_time": written(refund.created),
        "state": "completed",
        "amount": lost | {"details": {"subtotal": to_value(-refund.amount, refund.currency)}},
        "links": [link(f"{account.api}/v1/payments/refund/{refund.id}", "self")],
    }


def capture(account: Account, payment: Payment) -> JsonObject:
    """Return a capture of an order in the newer API's format."""
    here = f"{account.api}/v2/payments/captures/{payment.id}"
    shape: JsonObject = {
        "id": payment.id,
        "status": state(payment).upper(),
        "amount": money(payment.amount, payment.currency),
        "final_capture": True,
        "seller_protection": {
            "status": "ELIGIBLE",
            "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"],
        },
    }
    if payment.state in {"pending", "denied", "declined"}:
        shape["status_details"] = {"reason": _reason(payment)}
    else:
        shape["seller_receivable_breakdown"] = {
            "gross_amount": money(payment.amount, payment.currency),
            "paypal_fee": money(payment.fee, payment.currency),
            "net_amount": money(payment.amount - payment.fee, payment.currency),
        }
    for name, value in (("invoice_id", payment.invoice), ("custom_id", payment.custom)):
        if value is not None:
            shape[name] = value
    return shape | {
        "create_time": written(payment.created),
        "update_time": written(payment.updated),
        "supplementary_data": {"related_ids": {"order_id": payment.order}},
        "links": [
            link(here, "self"),
            link(f"{here}/refund", "refund", "POST"),
            link(f"{account.api}/v2/checkout/orders/{payment.order}", "up"),
        ],
    }


def _reason(payment: Payment) -> str:
    if payment.state != "pending":
        return "DECLINED_BY_RISK"
    return "ECHECK" if payment.by_echeck else "PENDING_REVIEW"


def capture_refund(account: Account, refund: Refund) -> JsonObject:
    """Return a refund of a capture in the newer API's format."""
    shape: JsonObject = {
        "id": refund.id,
        "status": "COMPLETED",
        "amount": money(refund.amount, refund.currency),
        "seller_payable_breakdown": {
            "gross_amount": money(refund.amount, refund.currency),
            "paypal_fee": money(0, refund.currency),
            "net_amount": money(refund.amount, refund.currency),
            "total_refunded_amount": money(refund.total, refund.currency),
        },
    }
    for name, value in (
        ("invoice_id", refund.invoice),
        ("custom_id", refund.custom),
        ("note_to_payer", refund.note),
    ):
        if value is not None:
            shape[name] = value
    return shape | {
        "create_time": written(refund.created),
        "update_time": written(refund.updated),
        "links": [
            link(f"{account.api}/v2/payments/refunds/{refund.id}", "self"),
            link(f"{account.api}/v2/payments/captures/{refund.payment}", "up"),
        ],
    }


def transaction(payment: Payment) -> JsonObject:
    """Return a payment for the list of a subscription's transactions."""
    word = {
        "completed": "COMPLETED",
        "pending": "PENDING",
        "refunded": "REFUNDED",
        "partially_refunded": "PARTIALLY_REFUNDED",
    }
    return {
        "id": payment.id,
        "status": word.get(state(payment), "DECLINED"),
        "payer_email": BUYER["email_address"],
        "payer_name": buyer_name(),
        "amount_with_breakdown": {
            "gross_amount": money(payment.amount, payment.currency),
            "fee_amount": money(-payment.fee, payment.currency),
            "net_amount": money(payment.amount - payment.fee, payment.currency),
        },
        "time": written(payment.created),
    }


def capture_amount(payment: Payment) -> str:
    """Format the amount of a payment as ``29.99 EUR``."""
    return f"{to_value(payment.amount, payment.currency)} {payment.currency}"
