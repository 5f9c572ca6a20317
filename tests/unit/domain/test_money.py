"""Check that amounts are exact and that an invalid amount is refused at its field."""

from decimal import Decimal

import pytest
from babel import Locale
from babel.numbers import get_currency_precision, list_currencies
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import MAX_MINOR, AmbiguousAmount, Money, currency_code, exponent

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
        ("12.5", "KWD", 12500),
        ("12.3450", "KWD", 12345),
        (12.345, "KWD", 12345),
        (Decimal("1.000"), "EUR", 100),
        ("1.50", "USD", 150),
        ("0.500", "KWD", 500),
        ("1234.567", "KWD", 1234567),
        ("0", "£", 0),
        ("1.000", "XTR", 1000),
        ("1,000", "JPY", 1000),
        ("1.000.000", "COP", 100000000),
        ("1.234,56", "EUR", 123456),
        ("1,234.56", "EUR", 123456),
        ("1.234,500", "KWD", 1234500),
        ("-1.234,56", "EUR", -123456),
    ],
)
def test_typed_amounts_are_parsed_exactly(typed, currency, minor):
    money = Money.parse(typed, currency)
    assert money.minor == minor


@pytest.mark.parametrize(
    ("typed", "currency", "thousands", "decimals"),
    [
        ("1.000", "EUR", "1000", "1.00"),
        ("1,000", "EUR", "1000", "1.00"),
        ("20.000", "COP", "20000", "20.00"),
        ("9.999", "USD", "9999", "9.99"),
        ("-1.000", "EUR", "-1000", "-1.00"),
        ("1.000", "KWD", "1000", "1.0"),
        ("12.500", "KWD", "12500", "12.5"),
        ("12.345", "KWD", "12345", "12.3450"),
    ],
)
def test_three_digits_after_one_separator_are_ambiguous(typed, currency, thousands, decimals):
    with pytest.raises(AmbiguousAmount, match=f"{thousands} or {decimals}") as refused:
        Money.parse(typed, currency)
    assert (refused.value.field, refused.value.thousands, refused.value.decimals) == ("price", thousands, decimals)
    assert Money.parse(thousands, currency).minor == int(thousands) * 10 ** exponent(currency)
    assert Money.parse(decimals, currency).minor != Money.parse(thousands, currency).minor


@pytest.mark.parametrize("typed", ["9.9990001", "0.001", 0.001])
def test_amounts_with_too_many_decimals_are_refused(typed):
    with pytest.raises(InvalidInput, match="decimals") as refused:
        Money.parse(typed, "USD")
    assert refused.value.field == "price"


@pytest.mark.parametrize(
    "typed", ["", " ", "abc", "1e5", "1.2.3", "1.00.000", "1,000,00", "1.000.00", "NaN", "inf", "٣", "9" * 30]
)
def test_invalid_amount_is_refused(typed):
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
def test_displayed_amount_has_its_symbol_and_decimal_point(money, text):
    assert str(money) == text


def test_currency_decimals_agree_with_babel():
    """The decimals are compared with an independent table. Where Babel writes no decimals, amounts are still counted,
    stored and charged with decimals.
    """
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
def test_formatted_amount_is_parsed_back_unchanged(minor, code):
    money = Money(minor, code)
    assert Money.parse(money.decimal, code, is_stored=True) == money
    assert Money.parse(money.plain, code) == money


@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from(".,"), CODES)
def test_amount_is_never_read_as_a_thousandth_of_its_value(thousands, rest, mark, code):
    meant = Money((thousands * 1000 + rest) * 10 ** exponent(code), code)
    try:
        read = Money.parse(f"{thousands}{mark}{rest:03}", code)
    except AmbiguousAmount as refused:
        read = Money.parse(refused.thousands, code)
    assert read == meant


@given(st.integers(1000, MAX_MINOR), CODES, st.sampled_from([".,", ",."]))
def test_amount_with_thousands_and_decimal_separators_is_parsed_exactly(minor, code, marks):
    money = Money(minor, code)
    whole, _, rest = money.decimal.partition(".")
    grouped = f"{int(whole):,}".replace(",", marks[0])
    if marks[0] in grouped and rest:
        assert Money.parse(f"{grouped}{marks[1]}{rest}", code) == money


@given(AMOUNTS, AMOUNTS, CODES)
def test_sums_of_amounts_are_exact(left, right, code):
    assert (Money(left, code) + Money(right, code)) - Money(right, code) == Money(left, code)


def test_amounts_of_different_currencies_cannot_be_combined():
    with pytest.raises(InvalidInput):
        Money(1, "USD") + Money(1, "EUR")


@given(CODES)
def test_number_of_decimals_follows_the_currency(code):
    assert Money(1, code).decimal == {0: "1", 2: "0.01", 3: "0.001"}[exponent(code)]


BY_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF XTR",
    2: """
    AED ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP
    CRC CUP CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR
    JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN
    NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD SSP STN SZL
    THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD YER ZAR ZMW
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
}


def test_currencies_and_their_decimals_follow_iso_4217():
    """The expected values are an independent copy of ISO 4217; XTR is Telegram's currency for Stars."""
    ours = {code: places for places, codes in BY_DECIMALS.items() for code in codes.split()}
    assert {code: exponent(currency_code(code.lower())) for code in ours} == ours
    for code in {*list_currencies(), "XXX", "USDX", "US"} - set(ours):
        with pytest.raises(InvalidInput, match="is not a currency"):
            currency_code(code)
