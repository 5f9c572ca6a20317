"""Exact money: whole minor units of an ISO 4217 currency, never a binary fraction."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from subscriptions.domain.errors import InvalidInput

SYMBOLS: Final = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_SYMBOL_BEFORE: Final = {"USD": "$", "GBP": "£", "JPY": "¥"}
_SYMBOL_AFTER: Final = {"EUR": "€", "XTR": " ⭐"}
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
"""ISO 4217 by decimals. Kept by hand: CLDR, and so Babel, says how many people write, which for some is fewer."""
_EXPONENTS: Final = {code: decimals for decimals, codes in _CODES.items() for code in codes.split()}
MAX_MINOR: Final = 99_999_999_99
"""The largest amount accepted from a person: far above any price, far below what a database integer holds."""

_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?\Z", re.ASCII)


def currency_code(text: str) -> str:
    """The ISO code meant by a symbol (`$ € £ ¥`) or a code in any case. Raises InvalidInput("currency")."""
    code = SYMBOLS.get(text.strip(), text.strip().upper())
    if code not in _EXPONENTS:
        raise InvalidInput("currency", f"{text!r} is not a currency; use $ € £ ¥ or an ISO code such as USD")
    return code


def exponent(code: str) -> int:
    """How many decimals the currency has: JPY 0, USD 2, KWD 3, XTR 0."""
    return _EXPONENTS.get(code, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents) of `currency`. May be negative (a refund); comparison needs one currency."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, amount: str | int | float | Decimal, currency: str) -> "Money":
        """Read a typed amount in whole units: `9.99`, `"9,99"`, Decimal, int, float (through its shortest text).

        Raises InvalidInput("price" or "currency") for text that is no number, or one with more decimals than the
        currency has.
        """
        code = currency_code(currency)
        text = str(amount).strip()
        if not _NUMBER.fullmatch(text):
            raise InvalidInput("price", f"{text[:40]!r} is not an amount; write it like 9.99")
        try:
            scaled = Decimal(text.replace(",", ".")).scaleb(exponent(code))
        except InvalidOperation as error:
            raise InvalidInput("price", f"{text[:40]!r} is not an amount; write it like 9.99") from error
        if abs(scaled) > MAX_MINOR:
            raise InvalidInput("price", f"{text[:40]!r} is too large")
        if scaled != scaled.to_integral_value():
            raise InvalidInput("price", f"{text!r} has more than {exponent(code)} decimals, {code} has no such coin")
        return cls(int(scaled), code)

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
        """The amount in whole units with all the currency's decimals, e.g. `29.99`, `1000` (JPY)."""
        places = exponent(self.currency)
        sign = "-" if self.minor < 0 else ""
        digits = str(abs(self.minor)).rjust(places + 1, "0")
        return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"

    def __str__(self) -> str:
        """As people see it: `$9.99`, `29.99€`, `¥500`, `12.500 KWD`."""
        if self.currency in _SYMBOL_BEFORE:
            number = self.decimal
            symbol = _SYMBOL_BEFORE[self.currency]
            return f"-{symbol}{number[1:]}" if self.minor < 0 else symbol + number
        return self.decimal + _SYMBOL_AFTER.get(self.currency, f" {self.currency}")

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise InvalidInput("currency", f"{self.currency} and {other.currency} cannot be combined")
