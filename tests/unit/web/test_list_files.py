"""Check that a cell of an exported file contains no formula, whatever the name of a customer."""

from __future__ import annotations

import pytest

from web.console.lists import csv_line


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_exported_cell_never_begins_with_a_formula_sign(sign: str) -> None:
    assert csv_line([f"{sign}1+cmd|' /C calc'!A0"]).lstrip('"').startswith("'")


@pytest.mark.parametrize("number", ["-12.50", "+34600000000", "7", 7, -3])
def test_number_is_exported_as_a_number(number: object) -> None:
    assert csv_line([number]) == f"{number}\r\n"


def test_digits_after_a_full_width_minus_sign_are_exported_as_text() -> None:
    assert csv_line(["－１"]) == "'－１\r\n"
