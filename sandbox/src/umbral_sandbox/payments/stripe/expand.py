"""Parameter ``expand``: replacement of ids by the objects that they name, and addition of parts that are included only
on request.
"""

from typing import Final

from pydantic import JsonValue

from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.errors import StripeError
from umbral_sandbox.payments.stripe.lookup import draw
from umbral_sandbox.payments.stripe.records import JsonObject
from umbral_sandbox.payments.stripe.shapes import billing, checkout, money
from umbral_sandbox.payments.stripe.shapes.common import listing

_DEEPEST: Final = 4
#: Members that hold another object's id; they may be empty.
_LINKS: Final = frozenset(
    {
        "charge",
        "customer",
        "default_price",
        "invoice",
        "latest_charge",
        "latest_invoice",
        "payment_intent",
        "price",
        "product",
        "schedule",
        "subscription",
    }
)


def expand(account: Account, shape: JsonObject, paths: list[str]) -> JsonObject:
    """Expand every path in place, and return the object. Raises StripeError for a path that does not exist or is too
    deep.
    """
    for path in paths:
        steps = path.split(".")
        if len(steps) - (steps[0] == "data") > _DEEPEST:
            raise StripeError(
                f"You cannot expand more than {_DEEPEST} levels of a property. Property: {path}", param="expand"
            )
        _expand(account, shape, steps, path)
    return shape


def _expand(account: Account, shape: JsonObject, steps: list[str], path: str) -> None:
    step, *rest = steps
    if step not in shape or (shape[step] is None and step not in _LINKS):
        included = _include(account, shape, step)
        if included is None:
            raise StripeError(
                f"This property cannot be expanded ({step}). You may want to try expanding 'data.{step}'."
                if shape.get("object") == "list"
                else f"This property cannot be expanded ({step}).",
                param=f"expand[{path}]",
            )
        shape[step] = included
    value = shape[step]
    if isinstance(value, str):
        linked = draw(account, value) if step in _LINKS else None
        if linked is None:
            raise StripeError(f"This property cannot be expanded ({step}).", param=f"expand[{path}]")
        shape[step] = value = linked
    if rest:
        _go_on(account, value, rest, path)


def _go_on(account: Account, value: JsonValue, rest: list[str], path: str) -> None:
    inner = value if isinstance(value, list) else [value]
    for each in inner:
        if isinstance(each, dict):
            _expand(account, each, rest, path)


def _include(account: Account, shape: JsonObject, step: str) -> JsonObject | None:
    """Return a part of an object that is included only on request; None if the object has no such part."""
    key = str(shape.get("id"))
    match shape.get("object"), step:
        case "checkout.session", "line_items":
            session = account.sessions.get(key)
            lines = session.lines if session else []
            drawn = [checkout.line_item(account, session, line) for line in lines] if session else []
            return listing(f"/v1/checkout/sessions/{key}/line_items", drawn)
        case "invoice", "payments":
            mine = [each for each in account.invoice_payments.values() if each.invoice == key]
            return listing(f"/v1/invoices/{key}/payments", [billing.invoice_payment(each) for each in mine])
        case "charge", "refunds":
            given = [each for each in account.refunds.values() if each.charge == key]
            return listing(f"/v1/charges/{key}/refunds", [money.refund(each) for each in given])
        case "customer", "subscriptions":
            held = [
                each for each in account.subscriptions.values() if each.customer == key and each.status != "canceled"
            ]
            return listing(f"/v1/customers/{key}/subscriptions", [billing.subscription(account, each) for each in held])
        case _:
            return None
