"""Plan file of `umbral plans import`: amounts keep their notation, and ambiguous or hostile content is refused."""

from __future__ import annotations

from contextlib import suppress

import pytest

from subscriptions.application.catalog.plan_fields import FIELD_NAMES
from subscriptions.application.catalog.plan_files import ComparePlans, read_file
from subscriptions.application.catalog.plan_input import clean_price
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import AmbiguousAmount, Money
from tests.fakes.shop import memory_shop


@pytest.mark.parametrize("amount", ["1.000", "9.99", "-1.5"])
def test_amount_in_a_plan_file_is_read_as_text(amount: str) -> None:
    text = f"plans:\n- price: {amount}\n  position: 3\n  active: true\n  ends_on: null\n"
    assert read_file(text) == {"plans": [{"price": amount, "position": 3, "active": True, "ends_on": None}]}


def test_ambiguous_thousands_separator_is_refused() -> None:
    with pytest.raises(AmbiguousAmount):
        clean_price("1.000", "EUR")
    assert clean_price("1.000", "XTR") == Money(1000, "XTR")


@pytest.mark.parametrize("minor", [1000, 12500, 12345, 5])
def test_exported_amount_is_read_back(minor: int) -> None:
    money = Money(minor, "KWD")
    assert clean_price(money.plain, "KWD") == clean_price(money.decimal, "KWD") == money


def test_file_with_expanding_aliases_is_refused() -> None:
    lines = ["- &a0 [1, 1]", *(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
    with pytest.raises(InvalidInput, match="more than it can hold"):
        read_file("\n".join(lines))


HOSTILE_VALUES = (
    "2026-99-99", "2026-12-31", "2026-12-31 25:00:00", "!!timestamp 'soon'", "9" * 40_000, "0x" + "f" * 5_000,
    "1:" * 300 + "1", ".inf", "1e400", "[" * 3_000 + "]" * 3_000, "{a: {b: 1}}", "!!set {a, b}", "!!binary aGVsbG8=",
    "!!omap [a: 1]", "!!int 'x'", "!!float 'x'", "!!bool 'maybe'", "!!python/object:os.system x", '"\\0"', '"\\ud800"',
    "-1", "~", "true", "[{}]",
)  # fmt: skip


@pytest.mark.exhaustive
@pytest.mark.parametrize("field", sorted({*FIELD_NAMES, "unknown"}))
async def test_hostile_field_value_raises_no_error_other_than_invalid_input(field: str) -> None:
    compare = ComparePlans((shop := memory_shop()).units, shop.clock)
    for value in HOSTILE_VALUES:
        plan = {"soft_id": "x", "name": "X", "price": "'9.99'", "currency": "EUR", "interval": "month", field: value}
        text = "plans:\n- " + "\n  ".join(f"{name}: {each}" for name, each in plan.items())
        with suppress(InvalidInput):
            await compare(read_file(text))


@pytest.mark.parametrize(
    "text",
    ["[" * 30_000, "{" * 30_000, "- " * 20_000, "? " * 5_000, "&a [*a]", "plans:\n- ~: 2", "plans:\n- [a]", "\0"],
)
async def test_hostile_file_is_refused(text: str) -> None:
    compare = ComparePlans((shop := memory_shop()).units, shop.clock)
    with pytest.raises(InvalidInput):
        await compare(read_file(text))
