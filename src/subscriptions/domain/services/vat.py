"""Value added tax within prices: how much of an amount it is, and which rate it was by."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from subscriptions.domain.entities.spoken import phrase
from subscriptions.domain.money import TELEGRAM_CURRENCY, Money

USUAL: Final = tuple(map(Decimal, (21, 10, 5, 4)))
"""Spain's rates, in per cent."""


def country_of(word: str | None) -> str | None:
    """Two capital letters (ISO 3166-1) of what a provider says of where the payer lives; None for anything else."""
    code = (word or "").strip().upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


def read_rates(text: str) -> Mapping[str, Decimal]:
    """`PT=23, FR=20`: per cent by country. Raises ValueError for what is neither."""
    rates = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, rate_text = part.partition("=")
        country, rate = country_of(name), _per_cent(rate_text)
        if country is None or rate is None:
            raise ValueError(
                phrase(
                    f"{part[:20]!r} is no country with its rate; write it like PT=23",
                    f"«{part[:20]}» no es un país con su tipo; escríbelo como PT=23",
                )
            )
        rates[country] = rate
    return rates


def read_countries(text: str) -> frozenset[str]:
    """`ES, PT`: countries as two letters (ISO 3166-1). Raises ValueError for what is none."""
    countries = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        country = country_of(part)
        if country is None:
            raise ValueError(
                phrase(
                    f"{part[:20]!r} is no country; write two letters like ES",
                    f"«{part[:20]}» no es un país; escribe dos letras, como ES",
                )
            )
        countries.add(country)
    return frozenset(countries)


def _per_cent(text: str) -> Decimal | None:
    try:
        rate = Decimal(text.strip())
    except InvalidOperation:
        return None
    return rate if rate.is_finite() and 0 <= rate <= 50 else None


def tax_within(gross: Money, rate: Decimal | None) -> int | None:
    """What of the amount is tax, in minor units; None without a rate, and for what is no money."""
    if rate is None or gross.currency == TELEGRAM_CURRENCY:
        return None
    return int(_exact(gross.minor, rate).quantize(Decimal(1), ROUND_HALF_UP))


def rate_of(gross: Money, tax: int, usual_rate: Decimal | None = None) -> Decimal:
    """The rate by which so much is tax: the expected one or a usual one where its tax is that within one minor unit,
    else to half a per cent, for what providers tell is rounded.
    """
    if not tax or tax >= gross.minor:
        return Decimal(0)
    for rates in ((usual_rate,) if usual_rate is not None else (), USUAL):
        nearest = min(rates, key=lambda rate: abs(_exact(gross.minor, rate) - tax), default=None)
        if nearest is not None and fits(gross, tax, nearest):
            return nearest
    return Decimal(round(200 * tax / (gross.minor - tax))) / 2


def fits(gross: Money, tax: int, rate: Decimal) -> bool:
    """Whether the rate makes that tax of the amount, within one minor unit."""
    return abs(_exact(gross.minor, rate) - tax) <= 1


def _exact(gross: int, rate: Decimal) -> Decimal:
    return gross * rate / (100 + rate)
