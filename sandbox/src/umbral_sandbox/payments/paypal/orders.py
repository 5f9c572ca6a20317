"""Handlers of the PayPal API's operations on orders. An order is a purchase that is paid once."""

from dataclasses import replace
from typing import Final

from umbral_sandbox.payments.paypal import ordering
from umbral_sandbox.payments.paypal.account import Account, found
from umbral_sandbox.payments.paypal.ask import Ask, Given, Reply
from umbral_sandbox.payments.paypal.errors import missing, unprocessable
from umbral_sandbox.payments.paypal.records import CheckoutOrder, Unit
from umbral_sandbox.payments.paypal.shapes import orders as shapes
from umbral_sandbox.payments.paypal.subscriptions import context_of
from umbral_sandbox.payments.paypal.times import HOUR

#: Lifetime of an order that is not approved.
LIVES_S: Final = 6 * HOUR


def create_order(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v2/checkout/orders``."""
    given = ask.given
    unit = _unit(given.trees("purchase_units")[0])
    by_source = "payment_source" in given
    wallet = given.tree("payment_source").tree("paypal").tree("experience_context")
    order = CheckoutOrder(
        **account.stamp("payment"),
        intent="CAPTURE",
        unit=unit,
        context=context_of(wallet if by_source else given.tree("application_context"), "CONTINUE"),
        by_source=by_source,
        status="PAYER_ACTION_REQUIRED" if by_source else "CREATED",
        approval_ends=account.now() + LIVES_S,
    )
    account.orders.put(order.id, order)
    return Reply(201, show_made(account, replace(ask, id=order.id)).body)


def show_made(account: Account, ask: Ask) -> Reply:
    """Return the current state of the created order, in full if the request prefers the full form."""
    return Reply(200, (shapes.order if ask.whole else shapes.made)(account, _order(account, ask.id)))


def read_order(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v2/checkout/orders/{id}``: return the order; an expired order is not found."""
    return Reply(200, shapes.order(account, _order(account, ask.id)))


def capture_order(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v2/checkout/orders/{id}/capture``."""
    order = _order(account, ask.id)
    ordering.capture(account, order)
    return Reply(201, (shapes.order if ask.whole else shapes.captured)(account, order))


def _order(account: Account, key: str) -> CheckoutOrder:
    order = found(account.orders, key)
    if order.status in {"CREATED", "PAYER_ACTION_REQUIRED"} and order.approval_ends <= account.now():
        raise missing(key)
    return order


def _unit(given: Given) -> Unit:
    amount = given.tree("amount")
    breakdown = amount.tree("breakdown")
    parts = {name: breakdown.tree(name).amount() for name in breakdown.values if name in breakdown}
    less = parts.pop("shipping_discount", 0) + parts.pop("discount", 0)
    if parts and sum(parts.values()) - less != amount.amount():
        text = "Should equal item_total + tax_total + shipping + handling + insurance - shipping_discount - discount."
        raise unprocessable("AMOUNT_MISMATCH", text, "/purchase_units/@reference_id=='default'/amount/value")
    if given.trees("items") and "item_total" not in parts:
        raise unprocessable("ITEM_TOTAL_REQUIRED", "If item details are specified, amount.breakdown.item_total too.")
    return Unit(
        reference=given.text("reference_id") or "default",
        amount=amount.amount(),
        currency=amount.text("currency_code") or "",
        description=given.text("description"),
        custom=given.text("custom_id"),
        invoice=given.text("invoice_id"),
        given=given.values,
    )
