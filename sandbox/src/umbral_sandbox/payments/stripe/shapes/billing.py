"""Wire formats of subscriptions, invoices and invoice payments."""

from pydantic import JsonValue

from umbral_sandbox.payments.stripe import tax
from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.records import (
    Invoice,
    InvoiceLine,
    InvoicePayment,
    Item,
    JsonObject,
    Subscription,
)
from umbral_sandbox.payments.stripe.shapes import catalog
from umbral_sandbox.payments.stripe.shapes.common import discount_of, listing, pairs

_NO_TAX: JsonObject = {"disabled_reason": None, "enabled": False, "liability": None}
_TAX: JsonObject = {"disabled_reason": None, "enabled": True, "liability": {"type": "self"}}


def subscription(account: Account, record: Subscription) -> JsonObject:
    """Return a subscription; the paid period is part of the subscription's items."""
    items = [_item(account, record, each) for each in record.items]
    return {
        "id": record.id,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {**_NO_TAX} if not record.automatic_tax else {**_TAX},
        "billing_cycle_anchor": record.anchor,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"flexible": None, "type": "classic"},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": record.cancel_at,
        "cancel_at_period_end": record.cancel_at_period_end,
        "canceled_at": record.canceled_at,
        "cancellation_details": {
            "comment": record.cancel_comment,
            "feedback": record.cancel_feedback,
            "reason": record.cancel_reason,
        },
        "collection_method": "charge_automatically",
        "created": record.created,
        "currency": record.currency,
        "customer": record.customer,
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": _card_of(record),
        "default_source": None,
        "default_tax_rates": [],
        "description": record.description,
        "discounts": [discount_of(record.id)] if record.coupon else [],
        "ended_at": record.ended_at,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": listing(f"/v1/subscription_items?subscription={record.id}", items, total=True),
        "latest_invoice": record.latest_invoice,
        "livemode": False,
        "metadata": pairs(record.metadata),
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": record.pause_collection,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": record.schedule,
        "start_date": record.created,
        "status": record.status,
        "test_clock": None,
        "transfer_data": None,
        "trial_end": record.trial_end,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": record.trial_start,
    }


def _card_of(record: Subscription) -> str:
    return f"pm_{record.id.removeprefix('sub_')}"


def _item(account: Account, record: Subscription, item: Item) -> JsonObject:
    price = account.price(item.price)
    return {
        "id": item.id,
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": item.created,
        "current_period_end": record.period_end,
        "current_period_start": record.period_start,
        "discounts": [],
        "metadata": pairs(item.metadata),
        "plan": catalog.plan(price),
        "price": catalog.price(price),
        "quantity": item.quantity,
        "subscription": record.id,
        "tax_rates": [],
    }


def invoice(account: Account, record: Invoice) -> JsonObject:
    """Return an invoice; the invoice's payments are included only by ``expand``."""
    customer = account.customers.get(record.customer)
    due = record.amount - record.amount_paid
    shown = f"{account.settings.origin}/pay/stripe/invoice/{record.id}"
    lines = [_line(account, record, each) for each in record.lines]
    taxed = tax.switched_on(account, record.subscription)
    shape: JsonObject = {
        "id": record.id,
        "object": "invoice",
        "account_country": "ES",
        "account_name": account.settings.display_name,
        "account_tax_ids": None,
        "amount_due": record.amount,
        "amount_overpaid": 0,
        "amount_paid": record.amount_paid,
        "amount_remaining": due,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": record.attempts,
        "attempted": record.attempts > 0 or record.status == "paid",
        "auto_advance": record.due_at is not None,
        "automatic_tax": {**_TAX, "provider": "stripe", "status": "complete"}
        if taxed
        else {**_NO_TAX, "provider": None, "status": None},
        "automatically_finalizes_at": None,
        "billing_reason": record.billing_reason,
        "collection_method": "charge_automatically",
        "created": record.created,
        "currency": record.currency,
        "custom_fields": None,
        "customer": record.customer,
        "customer_account": None,
        "customer_address": None,
        "customer_email": customer.email if customer else None,
        "customer_name": customer.name if customer else None,
        "customer_phone": customer.phone if customer else None,
        "customer_shipping": None,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "due_date": None,
        "effective_at": record.finalized_at,
        "ending_balance": record.ending_balance,
        "footer": None,
        "from_invoice": None,
        "hosted_invoice_url": f"{shown}?s=ap",
        "invoice_pdf": f"{shown}/pdf?s=ap",
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": listing(f"/v1/invoices/{record.id}/lines", lines, total=True),
        "livemode": False,
        "metadata": pairs(record.own_metadata),
        "next_payment_attempt": record.due_at,
        "number": record.number,
        "on_behalf_of": None,
        "parent": {
            "quote_details": None,
            "subscription_details": {
                "metadata": pairs(record.metadata),
                "subscription": record.subscription,
            },
            "type": "subscription_details",
        },
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": record.header_end,
        "period_start": record.header_start,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": record.starting_balance,
        "statement_descriptor": None,
        "status": record.status,
        "status_transitions": {
            "finalized_at": record.finalized_at,
            "marked_uncollectible_at": record.uncollectible_at,
            "paid_at": record.paid_at,
            "voided_at": record.voided_at,
        },
        "subtotal": record.total + record.discount,
        "subtotal_excluding_tax": record.total - (tax.within(record.total) if taxed else 0),
        "test_clock": None,
        "total": record.total,
        "total_discount_amounts": _taken_off(record),
        "total_excluding_tax": record.total - (tax.within(record.total) if taxed else 0),
        "total_pretax_credit_amounts": [],
        "total_taxes": [*tax.taxes(record.total)] if taxed else [],
        "webhooks_delivered_at": None,
    }
    return shape


def _taken_off(record: Invoice) -> JsonValue:
    return [{"amount": record.discount, "discount": f"di_{record.id.removeprefix('in_')}"}] if record.coupon else []


def _line(account: Account, record: Invoice, line: InvoiceLine) -> JsonObject:
    product: JsonValue = account.price(line.price).product
    return {
        "id": line.id,
        "object": "line_item",
        "amount": line.amount,
        "currency": record.currency,
        "description": line.description,
        "discount_amounts": _taken_off(record),
        "discountable": True,
        "discounts": [],
        "invoice": record.id,
        "livemode": False,
        "metadata": pairs(record.metadata),
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": line.proration,
                "proration_details": {"credited_items": None},
                "subscription": record.subscription,
                "subscription_item": line.item,
            },
            "type": "subscription_item_details",
        },
        "period": {"end": line.end, "start": line.start},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": line.price, "product": product},
            "type": "price_details",
            "unit_amount_decimal": str(line.amount // line.quantity),
        },
        "quantity": line.quantity,
        "subtotal": line.amount,
        "taxes": [*tax.taxes(line.amount)] if tax.switched_on(account, record.subscription) else [],
    }


def invoice_payment(record: InvoicePayment) -> JsonObject:
    """Return the link between a payment and its invoice."""
    return {
        "id": record.id,
        "object": "invoice_payment",
        "amount_paid": record.amount if record.status == "paid" else None,
        "amount_requested": record.amount,
        "created": record.created,
        "currency": record.currency,
        "invoice": record.invoice,
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": record.payment_intent, "type": "payment_intent"},
        "status": record.status,
        "status_transitions": {"canceled_at": None, "paid_at": record.paid_at},
    }
