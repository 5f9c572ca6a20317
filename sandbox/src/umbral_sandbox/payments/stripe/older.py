"""Wire formats of Stripe's API version 2024-06-20, derived from the current ones. The older version has subscription
and period in other places.
"""

from pydantic import JsonValue

from umbral_sandbox.payments.stripe import tax
from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.records import JsonObject
from umbral_sandbox.payments.stripe.shapes import catalog

_LATEST_OLD = "2025-02-24"


def is_older(version: str) -> bool:
    """Return True if the API version has the earlier wire formats, which changed in March 2025."""
    return version[:10] <= _LATEST_OLD


def older_shape(account: Account, shape: JsonObject) -> JsonObject:
    """Return the object as in the earlier version, including all nested objects."""
    inner = {name: _inside(account, value) for name, value in shape.items()}
    match inner.get("object"):
        case "subscription":
            return _subscription(inner)
        case "invoice":
            return _invoice(account, inner)
        case "line_item":
            return _line(account, inner)
        case "charge":
            charge = account.charges.get(str(inner["id"]))
            return inner | {"invoice": charge.invoice if charge else None}
        case "payment_intent":
            intent = account.intents.get(str(inner["id"]))
            return inner | {"invoice": intent.invoice if intent else None}
        case _:
            return inner


def _inside(account: Account, value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return older_shape(account, value)
    if isinstance(value, list):
        return [_inside(account, each) for each in value]
    return value


def older_previous(previous: JsonObject) -> JsonObject:
    """Return previous attributes in the earlier form, in which a changed period is at the top level."""
    items = previous.get("items")
    data = items.get("data") if isinstance(items, dict) else None
    if not isinstance(data, list) or not data or not isinstance(data[0], dict):
        return previous
    period = {name: data[0][name] for name in _PERIOD if name in data[0]}
    return {name: value for name, value in previous.items() if name != "items"} | period


_PERIOD = ("current_period_end", "current_period_start")


def _subscription(shape: JsonObject) -> JsonObject:
    items = shape.get("items")
    data = items.get("data") if isinstance(items, dict) else None
    first = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    older = {name: first.pop(name, None) for name in _PERIOD}
    older |= {"discount": None, "plan": first.get("plan"), "quantity": first.get("quantity")}
    gone = {"billing_mode", "billing_schedules"}
    return {name: value for name, value in shape.items() if name not in gone} | older


def _invoice(account: Account, shape: JsonObject) -> JsonObject:
    parent = shape.get("parent")
    details = parent.get("subscription_details") if isinstance(parent, dict) else None
    details = details if isinstance(details, dict) else {}
    payment = account.payment_of(str(shape["id"]))
    intent = account.intents.get(payment.payment_intent) if payment else None
    gone = {"parent", "amount_overpaid", "total_taxes", "payments"}
    return {name: value for name, value in shape.items() if name not in gone} | {
        "application_fee_amount": None,
        "charge": intent.latest_charge if intent else None,
        "discount": None,
        "paid": shape.get("status") == "paid",
        "paid_out_of_band": False,
        "payment_intent": intent.id if intent else None,
        "quote": None,
        "subscription": details.get("subscription"),
        "subscription_details": {"metadata": details.get("metadata")},
        "tax": tax.total(shape.get("total_taxes")),
        "total_tax_amounts": tax.older(shape.get("total_taxes")),
        "transfer_data": None,
    }


def _line(account: Account, shape: JsonObject) -> JsonObject:
    parent = shape.get("parent")
    details = parent.get("subscription_item_details") if isinstance(parent, dict) else None
    details = details if isinstance(details, dict) else {}
    pricing = shape.get("pricing")
    named = pricing.get("price_details") if isinstance(pricing, dict) else None
    key = str(named.get("price")) if isinstance(named, dict) else ""
    price = account.prices.get(key)
    gone = {"parent", "pricing", "taxes", "pretax_credit_amounts", "subtotal"}
    return {name: value for name, value in shape.items() if name not in gone} | {
        "plan": catalog.plan(price) if price else None,
        "price": catalog.price(price) if price else None,
        "proration": details.get("proration", False),
        "proration_details": {"credited_items": None},
        "subscription": details.get("subscription"),
        "subscription_item": details.get("subscription_item"),
        "tax_amounts": tax.older(shape.get("taxes")),
        "tax_rates": [],
        "type": "subscription",
    }
