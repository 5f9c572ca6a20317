"""Cells of files: no formula, whatever a customer is called."""

from __future__ import annotations

import pytest

from web.console.lists import csv_line


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_no_cell_begins_with_the_sign_of_a_formula(sign: str) -> None:
    assert csv_line([f"{sign}1+cmd|' /C calc'!A0"]).lstrip('"').startswith("'")


@pytest.mark.parametrize("number", ["-12.50", "+34600000000", "7", 7, -3])
def test_a_number_stays_a_number(number: object) -> None:
    assert csv_line([number]) == f"{number}\r\n"


def test_a_sign_in_full_width_before_digits_is_no_number() -> None:
    assert csv_line(["－１"]) == "'－１\r\n"
