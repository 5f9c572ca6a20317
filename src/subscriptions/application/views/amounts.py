"""Formatting of amounts of money in a language's notation, for the chat, the website and receipts."""

import re
from decimal import Decimal
from functools import cache
from typing import Final

from babel.numbers import NumberPattern, format_decimal, parse_pattern

from subscriptions.application.dto.languages import locale_of
from subscriptions.application.dto.typed_answers import kept_money
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import SYMBOLS, TELEGRAM_CURRENCY, Money, exponent

_STORED_AMOUNT: Final = re.compile(r"(-?)([$£¥]?)([0-9]+(?:\.[0-9]+)?)(?: ?(€|⭐|[A-Z]{3}))?")
_SHARE: Final = re.compile(r"(\d{1,3}(?:\.\d{1,2})?) ?%")
_SUMS: Final = re.compile(r"\d+(?:\.\d+)? [A-Z]{3}(?:; \d+(?:\.\d+)? [A-Z]{3})*")
_SIGNS: Final = {"⭐": TELEGRAM_CURRENCY}


class LocalAmount(str):
    """Amount in a language's notation (`29,99 €`). `quote`: notation that does not depend on the language (`29.99€`),
    used for `{price:quoted}` in a text.
    """

    quote: str

    def __new__(cls, text: str, quote: str) -> "LocalAmount":
        amount = super().__new__(cls, text)
        amount.quote = quote
        return amount

    def __format__(self, spec: str) -> str:
        """Return the quoted notation for the specification `quoted`. Any other specification is applied as for a
        string.
        """
        return self.quote if spec == "quoted" else super().__format__(spec)


def format_amount(money: Money, language: str) -> LocalAmount:
    """Return an amount in the language's notation, such as `29,99 €`, `€29.99` or `500 ⭐`."""
    decimals = exponent(money.currency)
    pattern, locale = _pattern(language, decimals), locale_of(language)
    if money.currency == TELEGRAM_CURRENCY:
        return LocalAmount(with_minus(f"{money.decimal}\N{NO-BREAK SPACE}⭐"), str(money))
    amount = Decimal(money.minor).scaleb(-decimals)
    text = pattern.apply(amount, locale, currency=money.currency, currency_digits=False)
    return LocalAmount(with_minus(text), str(money))


def format_number(number: Decimal, language: str) -> str:
    """Return a number in the language's notation, such as `1,50` or `−2,55`. The number of decimals is kept."""
    exponent_of = number.as_tuple().exponent
    decimals = -exponent_of if isinstance(exponent_of, int) and exponent_of < 0 else 0
    text = format_decimal(number, "#,##0" + ("." + "0" * decimals if decimals else ""), locale_of(language))
    return with_minus(text)


def with_minus(number: str) -> str:
    """Return a number with a typographic minus sign in place of the hyphen."""
    return number.replace("-", "−")


def percent(number: str, language: str) -> str:
    """Return a percentage such as `12,5 %` or `12.5%`, according to the language."""
    sign = locale_of(language).percent_formats[None].pattern
    return f"{number}\N{NO-BREAK SPACE}%" if "\N{NO-BREAK SPACE}" in sign else f"{number}%"


def on_axis(money: Money, language: str, *, whole: bool) -> str:
    """Return an amount for the axis of a chart. If all labels are whole numbers, it has no decimals: `30 €`.

    For a currency without a known symbol, return only the number, because the chart's title names the currency.
    """
    decimals = 0 if whole else exponent(money.currency)
    amount = Decimal(money.minor).scaleb(-exponent(money.currency))
    if money.currency not in SYMBOLS.values():
        pattern_text = "#,##0" + ("." + "0" * decimals if decimals else "")
        return with_minus(format_decimal(amount, pattern_text, locale_of(language)))
    pattern = _pattern(language, decimals)
    return with_minus(pattern.apply(amount, locale_of(language), currency=money.currency, currency_digits=False))


def rewritten(text: str, language: str) -> str:
    """Return a stored fact in a language's notation. Amounts as stored in alarms and the audit log (`29.99€`), lists of
    amounts (`5.00 EUR; 6.00 USD`) and percentages (`12.5%`) are converted; any other text is returned unchanged.
    """
    if share := _SHARE.fullmatch(text):
        return percent(format_number(Decimal(share[1]), language), language)
    try:
        if _SUMS.fullmatch(text):
            return "; ".join(format_amount(kept_money(each), language) for each in text.split("; "))
        match = _STORED_AMOUNT.fullmatch(text)
        if match is None:
            return text
        sign, symbol_before, figure, symbol_after = match.groups()
        currency = symbol_before or _SIGNS.get(symbol_after or "", symbol_after or "")
        money = Money.parse(sign + figure, currency, is_stored=True)
    except InvalidInput:
        return text
    return format_amount(money, language) if str(money) == text else text


@cache
def _pattern(language: str, decimals: int) -> NumberPattern:
    """Return the language's currency pattern with the given number of decimals, which is that of ISO 4217. CLDR has
    fewer decimals for some currencies.
    """
    usual = locale_of(language).currency_formats["standard"].pattern
    return parse_pattern(usual.replace(".00", "." + "0" * decimals if decimals else ""))
