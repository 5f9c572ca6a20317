"""Value added tax within prices: how much of an amount it is, and which rate it was by."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from subscriptions.domain.money import Money

USUAL: Final = tuple(map(Decimal, (21, 10, 5, 4)))
"""Spain's rates, in per cent."""


def tax_within(gross: Money, rate: Decimal | None) -> int | None:
    """What of the amount is tax, in minor units; None without a rate, and for what is no money."""
    if rate is None or gross.currency == "XTR":
        return None
    return int(_exact(gross.minor, rate).quantize(Decimal(1), ROUND_HALF_UP))


def rate_of(gross: Money, tax: int, expected: Decimal | None = None) -> Decimal:
    """The rate by which so much is tax: the expected one or a usual one where its tax is that within one minor unit,
    else to half a per cent, for what providers tell is rounded.
    """
    if not tax or tax >= gross.minor:
        return Decimal(0)
    for rates in ((expected,) if expected is not None else (), USUAL):
        nearest = min(rates, key=lambda rate: abs(_exact(gross.minor, rate) - tax), default=None)
        if nearest is not None and fits(gross, tax, nearest):
            return nearest
    return Decimal(round(200 * tax / (gross.minor - tax))) / 2


def fits(gross: Money, tax: int, rate: Decimal) -> bool:
    """Whether the rate makes that tax of the amount, within one minor unit."""
    return abs(_exact(gross.minor, rate) - tax) <= 1


def _exact(gross: int, rate: Decimal) -> Decimal:
    return gross * rate / (100 + rate)
