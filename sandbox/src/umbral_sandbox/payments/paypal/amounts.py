"""Amounts in PayPal's format: decimal texts with exactly the decimals that PayPal uses for a currency."""

import re
from decimal import Decimal
from typing import Final

#: Currencies that the provider supports.
CURRENCIES: Final = frozenset(
    {
        *("AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS"),
        *("JPY", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD"),
    }
)
#: Currencies without decimals at the provider, whatever ISO 4217 defines.
WHOLE: Final = frozenset({"HUF", "JPY", "TWD"})

_NUMBER: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,8})?")


def exponent(currency: str) -> int:
    """Return the number of decimals of the currency."""
    return 0 if currency in WHOLE else 2


def to_value(minor: int, currency: str) -> str:
    """Convert ``2999, "EUR"`` to ``"29.99"``; ``1500, "JPY"`` to ``"1500"``."""
    return str(Decimal(minor).scaleb(-exponent(currency)))


def is_number(text: str) -> bool:
    """Return True if the text is an amount in any currency."""
    return _NUMBER.fullmatch(text) is not None


def to_minor(text: str, currency: str) -> int:
    """Convert ``"29.99", "EUR"`` to ``2999``; raise ValueError for a text that is not an amount in the currency."""
    if not is_number(text):
        raise ValueError(f"{text[:40]!r} is not an amount")
    scaled = Decimal(text).scaleb(exponent(currency))
    if scaled != int(scaled):
        raise ValueError(f"{text!r} is not an amount of {currency}")
    return int(scaled)


def above_zero(text: str, currency: str) -> int:
    """Convert an amount that must be above zero; raise ValueError otherwise."""
    minor = to_minor(text, currency)
    if minor <= 0:
        raise ValueError(f"{text!r} is not an amount of {currency}")
    return minor
