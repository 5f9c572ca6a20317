"""Exact money in whole minor units of an ISO 4217 currency, without floating point."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from subscriptions.domain.errors import InvalidInput

TELEGRAM_CURRENCY: Final = "XTR"
"""Telegram's own currency, which can be spent only in Telegram."""
SYMBOLS: Final = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "R$": "BRL"}
_SYMBOL_BEFORE: Final = {"USD": "$", "GBP": "£", "JPY": "¥"}
_SYMBOL_AFTER: Final = {"EUR": "€", TELEGRAM_CURRENCY: " ⭐"}
_CODES: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF XTR",
    2: """
        AED ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY
        COP CRC CUP CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR
        ILS INR JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR
        MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS
        SRD SSP STN SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD YER ZAR ZMW
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
}
"""ISO 4217 currency codes, keyed by number of decimals. The table is maintained manually because CLDR, and therefore
Babel, gives the customary number of decimals, which is lower for some currencies.
"""
_EXPONENTS: Final = {code: decimals for decimals, codes in _CODES.items() for code in codes.split()}
MAX_MINOR: Final = 99_999_999_99
"""Maximum amount accepted as input, in minor units: far above any price, far below the range of a database integer."""

_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?\Z", re.ASCII)
_ONE_MARK = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}\Z", re.ASCII)
"""Pattern of `1.000`, which is a thousand or one, depending on the country."""
_GROUPS = re.compile(r"-?[1-9]\d{0,2}(?:(?:\.\d{3}){2,}|(?:,\d{3}){2,}|(?:\.\d{3})+,\d+|(?:,\d{3})+\.\d+)\Z", re.ASCII)
"""Pattern of amounts with unambiguous separators: `1.000.000` and `1.234,56`, also with point and comma exchanged."""


class AmbiguousAmount(InvalidInput):
    """Amount with three digits after its only separator. `thousands`, `decimals`: unambiguous spellings of the two
    readings.
    """

    def __init__(self, text: str, currency: str, thousands: str, decimals: str) -> None:
        problem = f"{text!r} may be {thousands} or {decimals} {currency}; write it like the one that is meant"
        super().__init__("price", problem)
        self.thousands, self.decimals = thousands, decimals
        self.readings = {"thousands": thousands, "decimals": decimals}


_SPOKEN_CURRENCIES: Final = {
    "EUR": r"euros?",
    "USD": r"d[óo]lar(?:es)?|dollars?|usd",
    "GBP": r"libras?|pounds?",
    "BRL": r"real(?:es)?|reais",
    "XTR": r"estrellas?|estrelas?",
}
"""Patterns of the currency names that people write after an amount, by ISO code."""


def with_codes(text: str) -> str:
    """Return the text with each currency name after an amount replaced by its code: `29 euros` becomes `29 EUR`."""
    for code, words in _SPOKEN_CURRENCIES.items():
        text = re.sub(rf"(?<=[0-9])\s*(?:{words})(?!\w)", f" {code}", text, flags=re.IGNORECASE)
    return text


def currency_code(text: str) -> str:
    """Return the ISO code for a symbol (`$ € £ ¥ R$`) or a code in any case. Raise InvalidInput("currency") for any
    other text.
    """
    code = SYMBOLS.get(text.strip(), text.strip().upper())
    if code not in _EXPONENTS:
        raise InvalidInput("currency", f"{text!r} is not a currency; use $ € £ ¥ or an ISO code such as USD")
    return code


def exponent(code: str) -> int:
    """Return the number of decimals of the currency: JPY 0, USD 2, KWD 3, XTR 0."""
    return _EXPONENTS.get(code, 2)


_MISREAD: Final = 3
"""Number of decimals with which an amount can be mistaken for thousands, as in `1.000`."""


def _plain(text: str, code: str, *, exact: bool) -> str:
    """Return the number written in a text, with a decimal point and no other separator.

    exact: True if a single separator always starts the decimals

    Raise InvalidInput("price") for a text that is not a number, and AmbiguousAmount for a text with two readings.
    """
    if _GROUPS.fullmatch(text):
        separator = max(text.rfind("."), text.rfind(","))
        whole, rest = (text[:separator], text[separator + 1 :]) if len(set(text) & set(".,")) > 1 else (text, "0")
        return f"{whole.replace('.', '').replace(',', '')}.{rest}"
    if not _NUMBER.fullmatch(text):
        raise InvalidInput("price", f"{text[:40]!r} is not an amount; write it like 9.99")
    places, number = exponent(code), text.replace(",", ".")
    if exact or not _ONE_MARK.fullmatch(text):
        return number
    thousands = number.replace(".", "")
    if places == 0:
        return thousands
    decimals = _clear(number) if places == _MISREAD else number[: places - _MISREAD]
    raise AmbiguousAmount(text, code, thousands, decimals)


def _clear(number: str) -> str:
    """Return a number with three decimals with fewer or more decimals, so that it cannot be mistaken for thousands."""
    whole, _, decimals = number.partition(".")
    rest = decimals.rstrip("0") or "0"
    return f"{whole}.{rest}" if len(rest) < _MISREAD else f"{whole}.{rest}0"


@dataclass(frozen=True, slots=True)
class Money:
    """Amount in minor units (cents) of `currency`. May be negative, as for a refund; comparison requires equal
    currencies.
    """

    minor: int
    currency: str

    @classmethod
    def parse(cls, amount: str | int | float | Decimal, currency: str, *, is_stored: bool = False) -> "Money":
        """Parse an amount in whole units: `9.99`, `"9,99"`, `"1.234,56"`, Decimal, int, or float (by its shortest
        text).

        Three digits after the only separator are thousands if the currency has no decimals. Otherwise they are
        ambiguous and refused, because a guess could be wrong by a factor of a thousand.

        is_stored: True if a program wrote the text, as `decimal` does, so that a point starts the decimals of a
          three-decimal currency

        Raise InvalidInput("price" or "currency") for text that is not a number, is too large, or has more decimals than
        the currency. Raise AmbiguousAmount for text with two readings.
        """
        code = currency_code(currency)
        text = str(amount).strip()
        exact = not isinstance(amount, str) or (is_stored and exponent(code) == _MISREAD)
        try:
            minor = Decimal(_plain(text, code, exact=exact)).scaleb(exponent(code))
        except InvalidOperation as error:
            raise InvalidInput("price", f"{text[:40]!r} is not an amount; write it like 9.99") from error
        if abs(minor) > MAX_MINOR:
            raise InvalidInput("price", f"{text[:40]!r} is too large")
        if minor != minor.to_integral_value():
            raise InvalidInput("price", f"{text!r} has more than {exponent(code)} decimals, {code} has no such coin")
        return cls(int(minor), code)

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same_currency(other)
        return self.minor < other.minor

    @property
    def decimal(self) -> str:
        """Amount in whole units with all the currency's decimals, e.g. `29.99`, `1000` (JPY)."""
        decimals = exponent(self.currency)
        sign = "-" if self.minor < 0 else ""
        digits = str(abs(self.minor)).rjust(decimals + 1, "0")
        return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{sign}{digits}"

    @property
    def plain(self) -> str:
        """Amount in a form that may be typed: three decimals that could be read as thousands are written with more or
        fewer digits, e.g. `12.5` or `12.3450` (KWD).
        """
        return _clear(self.decimal) if exponent(self.currency) == _MISREAD else self.decimal

    def __str__(self) -> str:
        """Format for people: `$9.99`, `29.99€`, `¥500`, `12.500 KWD`."""
        if self.currency in _SYMBOL_BEFORE:
            number = self.decimal
            symbol = _SYMBOL_BEFORE[self.currency]
            return f"-{symbol}{number[1:]}" if self.minor < 0 else symbol + number
        return self.decimal + _SYMBOL_AFTER.get(self.currency, f" {self.currency}")

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise InvalidInput("currency", f"{self.currency} and {other.currency} cannot be combined")
