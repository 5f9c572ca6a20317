"""Conversion of amounts to Stripe's units and back; amounts that cannot be charged exactly are refused in advance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import MAX_MINOR, Money, currency_code
from subscriptions.infrastructure.payments.stripe.amounts import CURRENCIES, from_provider, to_provider


@given(st.integers(0, MAX_MINOR), st.sampled_from(sorted(CURRENCIES)))
def test_amount_is_converted_to_the_units_of_stripe_and_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    try:
        sent = to_provider(money)
    except InvalidInput:
        assert currency in {"MGA", "BHD", "JOD", "KWD", "OMR", "TND"}
        return
    assert from_provider(sent, currency.lower()) == money


@pytest.mark.parametrize(
    ("money", "sent"),
    [
        (Money(2999, "EUR"), 2999),
        (Money(500, "JPY"), 500),
        (Money(5120, "KWD"), 5120),
        (Money(5, "ISK"), 500),
        (Money(5, "UGX"), 500),
        (Money(500, "MGA"), 5),
    ],
)
def test_amount_is_sent_in_the_providers_units(money: Money, sent: int) -> None:
    assert to_provider(money) == sent


@pytest.mark.parametrize("money", [Money(5124, "KWD"), Money(501, "MGA")])
def test_amount_that_cannot_be_charged_exactly_is_refused(money: Money) -> None:
    with pytest.raises(InvalidInput):
        to_provider(money)


@pytest.mark.parametrize(
    ("minor", "currency"), [(None, "eur"), (1, None), (-1, "eur"), (1, "doubloon"), (150, "isk"), (1, "")]
)
def test_invalid_amount_is_converted_to_none(minor: int | None, currency: str | None) -> None:
    assert from_provider(minor, currency) is None


def test_every_offered_currency_has_a_known_currency_code() -> None:
    assert {currency_code(code) for code in CURRENCIES} == CURRENCIES
    assert "XTR" not in CURRENCIES
