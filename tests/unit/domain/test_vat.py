"""The VAT rate found from a receipt's amount and tax."""

from __future__ import annotations

from decimal import Decimal

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.services.vat import rate_of, tax_within

AMOUNT = Money(1_000_000, "EUR")


@pytest.mark.parametrize(
    ("tax", "rate"),
    [
        (173_554, "21"),
        (173_553, "21"),
        (0, "0"),
        (1_000_000, "0"),
        (3_000_000, "0"),
        (231_800, "30"),
        (297_800, "42.5"),
    ],
)
def test_vat_rate_is_rounded_to_a_common_rate_or_the_nearest_half_percent(tax: int, rate: str) -> None:
    assert rate_of(AMOUNT, tax) == Decimal(rate)


def test_usual_vat_rate_of_the_country_is_preferred_if_it_explains_the_tax() -> None:
    usual = Decimal("17.35")
    tax = tax_within(AMOUNT, usual)
    assert tax is not None
    assert rate_of(AMOUNT, tax, usual) == usual
    assert rate_of(AMOUNT, 173_554, usual) == Decimal(21)
