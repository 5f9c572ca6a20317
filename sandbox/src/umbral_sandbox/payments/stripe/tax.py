"""Automatic tax in the sandbox: every payer lives in Spain, so each inclusive price contains 21 % tax."""

from typing import Final

from pydantic import JsonValue

from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.ask import Given
from umbral_sandbox.payments.stripe.errors import StripeError
from umbral_sandbox.payments.stripe.records import JsonObject, Price

PERCENT: Final = 21
_RATE: Final = "txr_1SQm7VbKs2dTnLw4ES21"


def within(amount: int) -> int:
    """Return the tax in an inclusive amount, in minor units, rounded half away from zero."""
    sign = -1 if amount < 0 else 1
    return sign * ((2 * PERCENT * abs(amount) + 100 + PERCENT) // (2 * (100 + PERCENT)))


def wanted(given: Given) -> bool:
    """Return True if a new checkout requests automatic tax."""
    return given.tree("automatic_tax").flag("enabled") is True


def check_customer(given: Given, customer: str | None) -> None:
    """Raise StripeError unless a checkout with automatic tax updates the address of its existing customer. In the
    sandbox, no customer has an address before a checkout.
    """
    if "customer_update" in given and customer is None:
        raise StripeError("`customer_update` can only be used with `customer`.", param="customer_update")
    updates = given.tree("customer_update").text("address") == "auto"
    if wanted(given) and customer is not None and not updates:
        raise StripeError(
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to "
            "the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' "
            "to save the address entered in Checkout to the Customer.",
            code="customer_tax_location_invalid",
            param="automatic_tax",
        )


def check_behavior(behavior: str, name: str) -> None:
    """Raise StripeError unless a price declares that its amount includes tax. name: name of the price,
    for the error.
    """
    if behavior == "unspecified":
        raise StripeError(
            f"You must set `tax_behavior` to `inclusive` or `exclusive` on {name} to use automatic tax.",
            param="line_items",
        )
    if behavior == "exclusive":
        raise StripeError("The sandbox does not act out tax on top of a price.", param="line_items")


def check_change(price: Price, behavior: str | None) -> None:
    """Raise StripeError if the tax behavior of a price would change after it was set."""
    if behavior is not None and price.tax_behavior not in {"unspecified", behavior}:
        raise StripeError(
            "You cannot change `tax_behavior` of a price once it is set to `inclusive` or `exclusive`.",
            param="tax_behavior",
        )


def taxes(amount: int) -> list[JsonValue]:
    """Return the taxes in the current format: `taxes` of a line and `total_taxes` of an invoice."""
    tax = within(amount)
    return [
        {
            "amount": tax,
            "tax_behavior": "inclusive",
            "tax_rate_details": {"tax_rate": _RATE},
            "taxability_reason": "standard_rated",
            "taxable_amount": amount - tax,
            "type": "tax_rate_details",
        }
    ]


def older(found: JsonValue) -> list[JsonValue]:
    """Return the taxes in the format before the API version "basil": `total_tax_amounts` and `tax_amounts`."""
    return [
        {
            "amount": item["amount"],
            "inclusive": item["tax_behavior"] == "inclusive",
            "tax_rate": _RATE,
            "taxability_reason": item["taxability_reason"],
            "taxable_amount": item["taxable_amount"],
        }
        for item in _members(found)
    ]


def total(found: JsonValue) -> int | None:
    """Return `tax` in the format before the API version "basil": the sum, or None if no tax was calculated."""
    amounts = [item["amount"] for item in _members(found)]
    return sum(each for each in amounts if isinstance(each, int)) if amounts else None


def _members(found: JsonValue) -> list[JsonObject]:
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def switched_on(account: Account, subscription: str) -> bool:
    """Return True if a subscription's invoices calculate tax."""
    known = account.subscriptions.get(subscription)
    return known is not None and known.automatic_tax
