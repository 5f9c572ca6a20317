"""Money is exact, and bad input names its field."""

from decimal import Decimal

import pytest
from babel import Locale
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import MAX_MINOR, Money, currency_code, exponent

CODES = st.sampled_from(["USD", "EUR", "JPY", "KWD", "XTR", "GBP", "MXN", "COP"])
AMOUNTS = st.integers(-MAX_MINOR, MAX_MINOR)


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("9.99", "$", 999),
        ("9,99", "€", 999),
        (9.99, "USD", 999),
        (Decimal("9.99"), "usd", 999),
        (10, "EUR", 1000),
        (0.1, "USD", 10),
        ("1000", "¥", 1000),
        ("12.500", "KWD", 12500),
        ("1.500", "USD", 150),
        ("0", "£", 0),
    ],
)
def test_typed_amounts_are_exact(typed, currency, minor):
    money = Money.parse(typed, currency)
    assert money.minor == minor


@pytest.mark.parametrize("typed", ["9.999", "9,999", 0.001])
def test_too_many_decimals_are_refused(typed):
    with pytest.raises(InvalidInput, match="decimals") as refused:
        Money.parse(typed, "USD")
    assert refused.value.field == "price"


@pytest.mark.parametrize("typed", ["", "  ", "abc", "1e5", "1.2.3", "NaN", "inf", "1,000.00", "٣", "9" * 30])
def test_what_is_no_amount_is_refused(typed):
    with pytest.raises(InvalidInput) as refused:
        Money.parse(typed, "USD")
    assert refused.value.field == "price"


@pytest.mark.parametrize("text", ["", "₿", "BTC", "dollars", "US"])
def test_unknown_currencies_are_refused(text):
    with pytest.raises(InvalidInput) as refused:
        currency_code(text)
    assert refused.value.field == "currency"


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(999, "USD"), "$9.99"),
        (Money(2999, "EUR"), "29.99€"),
        (Money(500, "JPY"), "¥500"),
        (Money(5, "GBP"), "£0.05"),
        (Money(12500, "KWD"), "12.500 KWD"),
        (Money(-999, "USD"), "-$9.99"),
        (Money(-5, "EUR"), "-0.05€"),
    ],
)
def test_people_see_symbol_and_point_in_their_place(money, text):
    assert str(money) == text


def test_currencies_are_those_that_babel_knows():
    """By a table that is not ours. Where it writes no decimals, money is still counted, stored and charged in them."""
    written_whole = {"ALL", "IQD", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "YER"}
    known = [code for code in Locale("en").currencies if exponent_of(code) is not None]
    differing = {code for code in known if exponent(code) != get_currency_precision(code)}

    assert len(known) == 144
    assert differing == written_whole
    assert exponent_of("XTR") == 0


def exponent_of(text: str) -> int | None:
    try:
        return exponent(currency_code(text))
    except InvalidInput:
        return None


@given(AMOUNTS, CODES)
def test_text_and_back_is_the_same_money(minor, code):
    money = Money(minor, code)
    assert Money.parse(money.decimal, code) == money


@given(AMOUNTS, AMOUNTS, CODES)
def test_sums_are_exact(left, right, code):
    assert (Money(left, code) + Money(right, code)) - Money(right, code) == Money(left, code)


def test_currencies_do_not_mix():
    with pytest.raises(InvalidInput):
        Money(1, "USD") + Money(1, "EUR")


@given(CODES)
def test_minor_units_follow_the_currency(code):
    assert Money(1, code).decimal == {0: "1", 2: "0.01", 3: "0.001"}[exponent(code)]
