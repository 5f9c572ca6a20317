"""Lookup of the PayPal account that made a payment. A sale names its subscription and a capture its order, and both of
these name the payer.
"""

from subscriptions.infrastructure.payments.paypal.references import is_id
from subscriptions.infrastructure.payments.paypal.subscriptions import retrieve
from subscriptions.infrastructure.payments.paypal.wire import Wire


async def payer_of(wire: Wire, payment_key: str) -> str | None:
    """Return the account id of the payer of a sale or capture, or None if the payment does not exist.

    A payer without an account, who pays by card, has another id for each payment.
    """
    if not is_id(payment_key):
        return None
    sale = await wire.find(f"/v1/payments/sale/{payment_key}")
    if sale is not None:
        subscription = await retrieve(wire, sale.text("billing_agreement_id") or "")
        return subscription.text("subscriber", "payer_id") if subscription is not None else None
    capture = await wire.find(f"/v2/payments/captures/{payment_key}")
    order_id = capture.text("supplementary_data", "related_ids", "order_id") if capture is not None else None
    order = await wire.find(f"/v2/checkout/orders/{order_id}") if order_id is not None and is_id(order_id) else None
    return order.text("payer", "payer_id") if order is not None else None
