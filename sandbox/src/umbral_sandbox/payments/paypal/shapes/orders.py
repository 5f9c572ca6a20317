"""Wire format of PayPal orders."""

from pydantic import JsonValue

from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.records import CheckoutOrder, JsonObject
from umbral_sandbox.payments.paypal.shapes import money as money_shapes
from umbral_sandbox.payments.paypal.shapes.common import BUYER, link, money, name
from umbral_sandbox.payments.paypal.times import written


def order(account: Account, record: CheckoutOrder) -> JsonObject:
    """Return the order in its current state."""
    unit: JsonObject = {
        **record.unit.given,
        "reference_id": record.unit.reference,
        "amount": {**_amount(record), **money(record.unit.amount, record.unit.currency)},
        "payee": {"email_address": "seller@example.com", "merchant_id": "SANDBOXSELLER"},
    }
    payment = account.payments.get(record.capture or "")
    if payment is not None:
        unit["payments"] = {"captures": [money_shapes.capture(account, payment)]}
    shape: JsonObject = {
        "id": record.id,
        "intent": record.intent,
        "status": record.status,
        "purchase_units": [unit],
        "create_time": written(record.created),
        "update_time": written(record.updated),
    }
    if record.payer is not None:
        email = BUYER["email_address"]
        payer: JsonObject = {"name": name(), "email_address": email, "payer_id": record.payer}
        source: JsonObject = {
            "email_address": email,
            "account_id": record.payer,
            "account_status": "VERIFIED",
            "name": name(),
        }
        shape |= {"payer": payer, "payment_source": {"paypal": source}}
    return shape | {"links": links(account, record)}


def made(account: Account, record: CheckoutOrder) -> JsonObject:
    """Return the short response to a creation, for a request that does not prefer the full one."""
    shape: JsonObject = {"id": record.id, "status": record.status}
    if record.by_source:
        shape["payment_source"] = {"paypal": {}}
    return shape | {"links": links(account, record)}


def captured(account: Account, record: CheckoutOrder) -> JsonObject:
    """Return the short response to a capture, for a request that does not prefer the full one."""
    payment = account.payments.get(record.capture or "")
    whole = order(account, record)
    unit: JsonObject = {"reference_id": record.unit.reference}
    if payment is not None:
        unit["payments"] = {"captures": [money_shapes.capture(account, payment)]}
    kept: JsonObject = {name: whole[name] for name in ("id", "status", "payment_source", "payer") if name in whole}
    return kept | {"purchase_units": [unit], "links": links(account, record)}


def links(account: Account, record: CheckoutOrder) -> list[JsonValue]:
    """Return links to the actions that are possible in the current state."""
    here = f"{account.api}/v2/checkout/orders/{record.id}"
    page = f"{account.settings.origin}/pay/paypal/{record.id}"
    update, capture = link(here, "update", "PATCH"), link(f"{here}/capture", "capture", "POST")
    match record.status:
        case "CREATED":
            return [link(here, "self"), link(page, "approve"), update, capture]
        case "PAYER_ACTION_REQUIRED":
            return [link(here, "self"), link(page, "payer-action")]
        case "APPROVED":
            return [link(here, "self"), update, capture]
        case _:
            return [link(here, "self")]


def _amount(record: CheckoutOrder) -> JsonObject:
    given = record.unit.given.get("amount")
    return given if isinstance(given, dict) else {}
