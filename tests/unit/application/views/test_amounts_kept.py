"""Amounts stored as text are formatted for the reader's language."""

import pytest

from subscriptions.application.views.amounts import format_amount, rewritten
from subscriptions.domain.money import Money
from tests.support.each_case import each_case


@each_case("currency", ["EUR", "USD", "GBP", "JPY", "KWD", "XTR"])
@each_case("minor", [0, 500, 2999, -1000])
@each_case("language", ["es", "en", "pt"])
def test_stored_amount_is_formatted_in_the_readers_language(language: str, minor: int, currency: str) -> None:
    money = Money(minor, currency)

    assert rewritten(str(money), language) == format_amount(money, language)


@pytest.mark.parametrize("text", ["", "retabet", "29.99", "3 días", "Retabet · 29.99€", "12 ABC", "R2026-00042", "-"])
def test_text_that_is_not_an_amount_is_unchanged(text: str) -> None:
    assert rewritten(text, "es") == text


@pytest.mark.parametrize(
    ("currency", "said"),
    [("EUR", "29,99\xa0€"), ("JPY", "2.999\xa0JPY"), ("KWD", "2,999\xa0KWD")],
)
def test_amount_has_the_decimals_of_its_currency(currency: str, said: str) -> None:
    assert format_amount(Money(2999, currency), "es") == said
