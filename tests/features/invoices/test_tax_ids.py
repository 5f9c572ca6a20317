"""Tax numbers as typed; the Spanish examples are from public registers or from the tax office."""

from __future__ import annotations

import pytest

from features.invoices.domain.tax_ids import read_tax_id


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12345678Z", "12345678Z"),
        (" 12.345.678-z ", "12345678Z"),
        ("ES12345678Z", "12345678Z"),
        ("X1234567L", "X1234567L"),
        ("Y1234567X", "Y1234567X"),
        ("A28015865", "A28015865"),
        ("B-58378431", "B58378431"),
        ("Q2826000H", "Q2826000H"),
        ("G28029643", "G28029643"),
        ("PT501964843", "PT501964843"),
        ("fr 40 303265045", "FR40303265045"),
    ],
)
def test_valid_tax_number_is_normalized(typed: str, number: str) -> None:
    assert read_tax_id(typed) == number


@pytest.mark.parametrize(
    "typed", ["", "12345678A", "X1234567A", "A28015866", "Q28260001", "1234", "ana@example.com", "US123456789", "ES"]
)
def test_invalid_tax_number_is_parsed_as_none(typed: str) -> None:
    assert read_tax_id(typed) is None
