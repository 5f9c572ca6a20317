"""Conversion of amounts between the control interface (decimal strings) and providers (minor units)."""

import re
from decimal import Decimal

_ZERO = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF", "XTR"]
)
_THREE = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])

_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,8})?")


def exponent(currency: str) -> int:
    """Return the number of decimals that payment providers use for the currency."""
    code = currency.upper()
    if code in _ZERO:
        return 0
    return 3 if code in _THREE else 2


def to_text(minor: int, currency: str) -> str:
    """Convert ``2999, "eur"`` to ``"29.99"``; a currency without decimals yields a text without decimals."""
    return str(Decimal(minor).scaleb(-exponent(currency)))


def to_minor(text: str, currency: str) -> int:
    """Convert ``"29.99", "eur"`` to ``2999``; raise ValueError for a text that is not an amount above zero in the
    currency.
    """
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not an amount")
    scaled = Decimal(text).scaleb(exponent(currency))
    minor = int(scaled)
    if scaled != minor or minor <= 0:
        raise ValueError(f"{text!r} is not an amount of {currency.upper()}")
    return minor
