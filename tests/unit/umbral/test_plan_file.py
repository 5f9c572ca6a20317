"""A file of plans as `umbral plans import` reads it: amounts stay as they were written."""

from __future__ import annotations

import pytest

from subscriptions.application.catalog.plan_files import read_file
from subscriptions.application.catalog.plan_input import clean_price
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import AmbiguousAmount, Money


@pytest.mark.parametrize("amount", ["1.000", "9.99", "-1.5"])
def test_an_amount_is_no_number_yet(amount: str) -> None:
    text = f"plans:\n- price: {amount}\n  position: 3\n  active: true\n  ends_on: null\n"
    assert read_file(text) == {"plans": [{"price": amount, "position": 3, "active": True, "ends_on": None}]}


def test_a_thousand_is_not_read_as_one() -> None:
    with pytest.raises(AmbiguousAmount):
        clean_price("1.000", "EUR")
    assert clean_price("1.000", "XTR") == Money(1000, "XTR")


@pytest.mark.parametrize("minor", [1000, 12500, 12345, 5])
def test_what_was_exported_reads_the_same(minor: int) -> None:
    money = Money(minor, "KWD")
    assert clean_price(money.plain, "KWD") == clean_price(money.decimal, "KWD") == money


def test_a_file_that_stands_for_more_than_memory_holds_is_refused() -> None:
    lines = ["- &a0 [1, 1]", *(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
    with pytest.raises(InvalidInput, match="more than it can hold"):
        read_file("\n".join(lines))
