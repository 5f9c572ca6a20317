"""Members that several shapes share."""

from typing import Final

from umbral_sandbox.payments.paypal.amounts import to_value
from umbral_sandbox.payments.paypal.records import JsonObject

#: Who pays, at every page.
BUYER: Final = {"email_address": "buyer@example.com", "given_name": "Ana", "surname": "Buyer"}


def name() -> JsonObject:
    """The buyer's name."""
    return {"given_name": BUYER["given_name"], "surname": BUYER["surname"]}


def link(href: str, rel: str, method: str = "GET") -> JsonObject:
    """Where something can be done."""
    return {"href": href, "rel": rel, "method": method}


def money(minor: int, currency: str) -> JsonObject:
    """An amount as the newer API writes it."""
    return {"currency_code": currency, "value": to_value(minor, currency)}


def older_money(minor: int, currency: str) -> JsonObject:
    """The same in the older API, for fees."""
    return {"currency": currency, "value": to_value(minor, currency)}


def total(minor: int, currency: str) -> JsonObject:
    """An amount as the older API writes it."""
    return {"total": to_value(minor, currency), "currency": currency}
