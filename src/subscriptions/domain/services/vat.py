"""Value added tax included in prices: its amount and its rate."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from subscriptions.domain.entities.spoken import phrase
from subscriptions.domain.money import TELEGRAM_CURRENCY, Money

USUAL: Final = tuple(map(Decimal, (21, 10, 5, 4)))
"""Spain's VAT rates in percent."""


def country_of(word: str | None) -> str | None:
    """Return the two-letter country code (ISO 3166-1) from a provider's report of the payer's country. Return None for
    any other text.
    """
    code = (word or "").strip().upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


def read_rates(text: str) -> Mapping[str, Decimal]:
    """Parse percentages by country, such as `PT=23, FR=20`. Raise ValueError for an invalid text."""
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
    """Parse country codes (ISO 3166-1), such as `ES, PT`. Raise ValueError for an invalid text."""
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
    """Return the tax included in the amount, in minor units. Return None without a rate and for Telegram's own
    currency.
    """
    if rate is None or gross.currency == TELEGRAM_CURRENCY:
        return None
    return int(_exact(gross.minor, rate).quantize(Decimal(1), ROUND_HALF_UP))


def rate_of(gross: Money, tax: int, usual_rate: Decimal | None = None) -> Decimal:
    """Return the rate in percent that gives this tax: the expected rate or a common one if it matches within one minor
    unit. Otherwise return the rate rounded to half a percent, because providers report rounded amounts.
    """
    if not tax or tax >= gross.minor:
        return Decimal(0)
    for rates in ((usual_rate,) if usual_rate is not None else (), USUAL):
        nearest = min(rates, key=lambda rate: abs(_exact(gross.minor, rate) - tax), default=None)
        if nearest is not None and fits(gross, tax, nearest):
            return nearest
    return Decimal(round(200 * tax / (gross.minor - tax))) / 2


def fits(gross: Money, tax: int, rate: Decimal) -> bool:
    """Return True if the rate gives this tax within one minor unit."""
    return abs(_exact(gross.minor, rate) - tax) <= 1


def _exact(gross: int, rate: Decimal) -> Decimal:
    return gross * rate / (100 + rate)
