"""Wire formats of PayPal products and plans."""

from pydantic import JsonValue

from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.records import Cycle, JsonObject, Plan, Product, Terms
from umbral_sandbox.payments.paypal.shapes.common import link, money
from umbral_sandbox.payments.paypal.times import written


def product(account: Account, record: Product, whole: bool = True) -> JsonObject:
    """Return a product; lists and responses to a creation use the short form."""
    here = f"{account.api}/v1/catalogs/products/{record.id}"
    shape: JsonObject = {"id": record.id}
    shape.update(
        (name, value)
        for name, value in record.given.items()
        if value is not None and (whole or name in {"name", "description"})
    )
    shape["create_time"] = written(record.created)
    if whole:
        shape["update_time"] = written(record.updated)
    return shape | {"links": [link(here, "self"), link(here, "edit", "PATCH")]}


def plan(account: Account, record: Plan, whole: bool = True) -> JsonObject:
    """Return a plan; lists and responses to a creation use the short form."""
    shape: JsonObject = {
        "id": record.id,
        "product_id": record.product,
        "name": record.name,
        "status": record.status,
    }
    if record.description is not None:
        shape["description"] = record.description
    shape["usage_type"] = "LICENSED"
    if whole:
        shape |= terms(record.terms)
        shape["quantity_supported"] = record.quantities
    shape["create_time"] = written(record.created)
    if whole:
        shape["update_time"] = written(record.updated)
    return shape | {"links": _links(account, record)}


def terms(of: Terms) -> JsonObject:
    """Return the billing cycles and payment preferences."""
    cycles: list[JsonValue] = [_cycle(each, of.currency) for each in of.cycles]
    shape: JsonObject = {
        "billing_cycles": cycles,
        "payment_preferences": {
            "service_type": "PREPAID",
            "auto_bill_outstanding": of.auto_bill,
            "setup_fee": money(of.setup_fee, of.currency),
            "setup_fee_failure_action": of.fee_failure,
            "payment_failure_threshold": of.threshold,
        },
    }
    if of.tax is not None:
        shape["taxes"] = {"percentage": of.tax, "inclusive": of.tax_included}
    return shape


def _cycle(cycle: Cycle, currency: str) -> JsonObject:
    shape: JsonObject = {}
    # A free trial has no price member.
    if cycle.price or cycle.tenure == "REGULAR":
        shape["pricing_scheme"] = {"version": cycle.version, "fixed_price": money(cycle.price, currency)}
    return shape | {
        "frequency": {"interval_unit": cycle.unit, "interval_count": cycle.count},
        "tenure_type": cycle.tenure,
        "sequence": cycle.sequence,
        "total_cycles": cycle.total,
    }


def _links(account: Account, record: Plan) -> list[JsonValue]:
    here = f"{account.api}/v1/billing/plans/{record.id}"
    turn = "deactivate" if record.status == "ACTIVE" else "activate"
    return [link(here, "self"), link(here, "edit", "PATCH"), link(f"{here}/{turn}", turn, "POST")]
