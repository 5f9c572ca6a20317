"""Conversion of amounts to Stripe's minor units, which differ from ISO 4217 for some currencies.

Source: docs.stripe.com/currencies, "Special cases".
"""

from typing import Final

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import Money, currency_code, exponent

_CODES = """
    AED ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP
    CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS
    INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR
    MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK
    SGD SHP SLE SOS SRD STN SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF XPF
    YER ZAR ZMW
"""
CURRENCIES: Final = frozenset(_CODES.split())
"""Currencies that Stripe charges in. An account may support fewer, depending on its country."""

_OWN_EXPONENT: Final = {"ISK": 2, "UGX": 2, "MGA": 0}
_LEAST: Final = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200,
    "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
"""Minimum charge keyed by currency. Stripe does not charge a smaller amount, or adds it to the next invoice
(docs.stripe.com/currencies, "Minimum and maximum charge amounts"). The minimum may be higher for an account with
payouts in another currency.
"""
_WHOLE_TENS: Final = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def to_provider(money: Money) -> int:
    """Convert an amount to Stripe's minor units. Raises InvalidInput("price") if Stripe cannot charge it exactly."""
    more, fewer = _factors(money.currency)
    minor, rest = divmod(money.minor * more, fewer)
    if rest:
        raise InvalidInput("price", f"{money} has decimals; the card provider charges whole {money.currency} only")
    if money.currency in _WHOLE_TENS and minor % 10:
        raise InvalidInput("price", f"{money}: the last of three decimals must be 0 for the card provider")
    return minor


def charges(money: Money) -> bool:
    """Return True if Stripe can charge the amount."""
    try:
        return to_provider(money) >= _LEAST.get(money.currency, 1)
    except InvalidInput:
        return False


def from_provider(minor: int | None, currency: str | None) -> Money | None:
    """Convert an amount of Stripe. Return None if the amount or currency is missing, negative, or invalid."""
    if minor is None or currency is None or minor < 0:
        return None
    try:
        code = currency_code(currency)
    except InvalidInput:
        return None
    more, fewer = _factors(code)
    ours, rest = divmod(minor * fewer, more)
    return None if rest else Money(ours, code)


def _factors(code: str) -> tuple[int, int]:
    """Return the factors of the conversion: Stripe's amount = our amount * first // second."""
    shift = _OWN_EXPONENT.get(code, exponent(code)) - exponent(code)
    return (int(10**shift), 1) if shift >= 0 else (1, int(10**-shift))
