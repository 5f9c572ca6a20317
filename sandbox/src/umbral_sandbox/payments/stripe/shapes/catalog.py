"""Wire formats of products, prices and customers."""

from pydantic import JsonValue

from umbral_sandbox.payments.stripe.records import Coupon, Customer, JsonObject, Price, Product
from umbral_sandbox.payments.stripe.shapes.common import pairs


def product(record: Product) -> JsonObject:
    """Return a product."""
    shape: JsonObject = {
        "id": record.id,
        "object": "product",
        "active": record.active,
        "created": record.created,
        "default_price": record.default_price,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": pairs(record.metadata),
        "name": record.name,
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": record.updated,
        "url": None,
    }
    return shape | record.extra


def coupon(record: Coupon) -> JsonObject:
    """Return a coupon."""
    return {
        "id": record.id,
        "object": "coupon",
        "amount_off": record.amount_off,
        "created": record.created,
        "currency": record.currency,
        "duration": record.duration,
        "duration_in_months": None,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "name": record.name,
        "percent_off": None,
        "redeem_by": None,
        "times_redeemed": 0,
        "valid": True,
    }


def price(record: Price) -> JsonObject:
    """Return a price."""
    recurring: JsonValue = None
    if record.interval is not None:
        recurring = {
            "interval": record.interval,
            "interval_count": record.interval_count,
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        }
    return {
        "id": record.id,
        "object": "price",
        "active": record.active,
        "billing_scheme": "per_unit",
        "created": record.created,
        "currency": record.currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": record.lookup_key,
        "metadata": pairs(record.metadata),
        "nickname": record.nickname,
        "product": record.product,
        "recurring": recurring,
        "tax_behavior": record.tax_behavior,
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if record.interval else "one_time",
        "unit_amount": record.unit_amount,
        "unit_amount_decimal": str(record.unit_amount),
    }


def plan(record: Price) -> JsonObject:
    """Return a recurring price in its older form, which subscription items still contain."""
    return {
        "id": record.id,
        "object": "plan",
        "active": record.active,
        "amount": record.unit_amount,
        "amount_decimal": str(record.unit_amount),
        "billing_scheme": "per_unit",
        "created": record.created,
        "currency": record.currency,
        "interval": record.interval,
        "interval_count": record.interval_count,
        "livemode": False,
        "metadata": pairs(record.metadata),
        "meter": None,
        "nickname": record.nickname,
        "product": record.product,
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def customer(record: Customer) -> JsonObject:
    """Return a customer."""
    shape: JsonObject = {
        "id": record.id,
        "object": "customer",
        "customer_account": None,
        "address": None,
        "balance": record.balance,
        "created": record.created,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": record.description,
        "discount": None,
        "email": record.email,
        "invoice_prefix": record.id[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": pairs(record.metadata),
        "name": record.name,
        "next_invoice_sequence": 1,
        "phone": record.phone,
        "preferred_locales": [*record.locales],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    return shape | record.extra
