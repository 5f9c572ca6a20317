"""Parts that several of PayPal's wire formats contain, such as amounts and links."""

from typing import Final

from umbral_sandbox.payments.paypal.amounts import to_value
from umbral_sandbox.payments.paypal.records import JsonObject

#: The payer of every page.
BUYER: Final = {"email_address": "buyer@example.com", "given_name": "Ana", "surname": "Buyer"}


def name() -> JsonObject:
    """Return the buyer's name, which is the same for all buyers."""
    return {"given_name": BUYER["given_name"], "surname": BUYER["surname"]}


def link(href: str, rel: str, method: str = "GET") -> JsonObject:
    """Return a link."""
    return {"href": href, "rel": rel, "method": method}


def money(minor: int, currency: str) -> JsonObject:
    """Return an amount in the newer API's format."""
    return {"currency_code": currency, "value": to_value(minor, currency)}


def older_money(minor: int, currency: str) -> JsonObject:
    """Return an amount in the older API's format for fees."""
    return {"currency": currency, "value": to_value(minor, currency)}


def total(minor: int, currency: str) -> JsonObject:
    """Return an amount in the older API's format."""
    return {"total": to_value(minor, currency), "currency": currency}
