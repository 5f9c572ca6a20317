"""Wire formats of checkout sessions, their line items, and portal sessions."""

from pydantic import JsonValue

from umbral_sandbox.payments.stripe import tax
from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.records import JsonObject, Line, PortalSession, Session
from umbral_sandbox.payments.stripe.shapes import catalog
from umbral_sandbox.payments.stripe.shapes.common import pairs


def line_item(account: Account, session: Session, line: Line) -> JsonObject:
    """Return one line of a checkout session."""
    price = account.price(line.price)
    amount = price.unit_amount * line.quantity
    return {
        "id": line.id,
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": tax.within(amount) if _reckoned(session) else 0,
        "amount_total": amount,
        "currency": session.currency,
        "description": account.product(price.product).name,
        "price": catalog.price(price),
        "quantity": line.quantity,
    }


def session(account: Account, record: Session) -> JsonObject:
    """Return a checkout session; the line items are included only by ``expand``."""
    taxed = tax.within(record.amount_total) if _reckoned(record) else 0
    shape: JsonObject = {
        "id": record.id,
        "object": "checkout.session",
        "adaptive_pricing": None,
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": record.amount_total + record.discount,
        "amount_total": record.amount_total,
        "automatic_tax": _automatic_tax(record),
        "billing_address_collection": None,
        "cancel_url": record.cancel_url,
        "client_reference_id": record.client_reference_id,
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": record.created,
        "currency": record.currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": record.customer,
        "customer_account": None,
        "customer_creation": "always" if record.mode == "subscription" else "if_required",
        "customer_details": _details(account, record),
        "customer_email": record.customer_email,
        "discounts": [{"coupon": record.coupon, "promotion_code": None}] if record.coupon else [],
        "expires_at": record.expires_at,
        "invoice": record.invoice,
        "invoice_creation": None,
        "livemode": False,
        "locale": record.locale,
        "metadata": pairs(record.metadata),
        "mode": record.mode,
        "origin_context": None,
        "payment_intent": record.payment_intent,
        "payment_link": None,
        "payment_method_collection": "always" if record.mode == "subscription" else "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": record.payment_status,
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": record.status,
        "submit_type": None,
        "subscription": record.subscription,
        "success_url": record.success_url,
        "total_details": {"amount_discount": record.discount, "amount_shipping": 0, "amount_tax": taxed},
        "ui_mode": "hosted_page",
        "url": record.url if record.status == "open" else None,
        "wallet_options": None,
    }
    return shape | record.extra


def _reckoned(record: Session) -> bool:
    """Return True if the tax of a session is calculated, which requires the payer's address and therefore a completed
    session.
    """
    return record.automatic_tax and record.status == "complete"


def _automatic_tax(record: Session) -> JsonObject:
    if not record.automatic_tax:
        return {"enabled": False, "liability": None, "provider": None, "status": None}
    status = "complete" if record.status == "complete" else "requires_location_inputs"
    return {"enabled": True, "liability": {"type": "self"}, "provider": "stripe", "status": status}


def _details(account: Account, record: Session) -> JsonValue:
    customer = account.customers.get(record.customer) if record.customer else None
    email = (customer.email if customer else None) or record.customer_email
    if email is None:
        return None
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": customer.name if customer else None,
        "phone": customer.phone if customer else None,
        "tax_exempt": "none",
        "tax_ids": [] if record.status == "complete" else None,
    }


def portal(record: PortalSession) -> JsonObject:
    """Return a session of the customer portal."""
    return {
        "id": record.id,
        "object": "billing_portal.session",
        "configuration": "bpc_1SQm7VbKs2dTnLw4default0",
        "created": record.created,
        "customer": record.customer,
        "flow": None,
        "livemode": False,
        "locale": record.locale,
        "on_behalf_of": None,
        "return_url": record.return_url,
        "url": record.url,
    }
