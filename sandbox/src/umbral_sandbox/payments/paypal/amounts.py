"""Amounts as the provider writes them: decimal texts with exactly the decimals it keeps for a currency."""

import re
from decimal import Decimal
from typing import Final

#: The currencies the provider takes at all.
CURRENCIES: Final = frozenset(
    {
        *("AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS"),
        *("JPY", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD"),
    }
)
#: Those it keeps no decimals for, whatever ISO 4217 says of them.
WHOLE: Final = frozenset({"HUF", "JPY", "TWD"})

_NUMBER: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,8})?")


def exponent(currency: str) -> int:
    """How many decimals amounts have."""
    return 0 if currency in WHOLE else 2


def to_value(minor: int, currency: str) -> str:
    """``2999, "EUR"`` → ``"29.99"``; ``1500, "JPY"`` → ``"1500"``."""
    return str(Decimal(minor).scaleb(-exponent(currency)))


def is_number(text: str) -> bool:
    """Whether the text is an amount in any currency."""
    return _NUMBER.fullmatch(text) is not None


def to_minor(text: str, currency: str) -> int:
    """``"29.99", "EUR"`` → ``2999``; ValueError for what is no amount in that currency."""
    if not is_number(text):
        raise ValueError(f"{text[:40]!r} is not an amount")
    scaled = Decimal(text).scaleb(exponent(currency))
    if scaled != int(scaled):
        raise ValueError(f"{text!r} is not an amount of {currency}")
    return int(scaled)


def above_zero(text: str, currency: str) -> int:
    """The same for amounts that must be more than nothing."""
    minor = to_minor(text, currency)
    if minor <= 0:
        raise ValueError(f"{text!r} is not an amount of {currency}")
    return minor
