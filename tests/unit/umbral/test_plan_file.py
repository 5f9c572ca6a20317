"""Plan file of `umbral plans import`: amounts keep their notation, and ambiguous or hostile content is refused."""

from __future__ import annotations

from contextlib import suppress

import pytest

from subscriptions.application.catalog.plan_fields import FIELD_NAMES
from subscriptions.application.catalog.plan_files import ComparePlans
from subscriptions.application.catalog.plan_input import clean_price
from subscriptions.application.dto.yaml_file import read_yaml
from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.spoken import Spoken, text_for
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import AmbiguousAmount, Money
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff


@pytest.mark.parametrize("amount", ["1.000", "9.99", "-1.5"])
def test_amount_in_a_plan_file_is_read_as_text(amount: str) -> None:
    text = f"plans:\n- price: {amount}\n  position: 3\n  active: true\n  ends_on: null\n"
    assert read_yaml(text) == {"plans": [{"price": amount, "position": "3", "active": "true", "ends_on": None}]}


@pytest.mark.parametrize("text", ["plans: !!seq foo", "plans:\n- !!map foo", "plans:\n- name: !!str [a]", "!!map [a]"])
def test_tag_that_does_not_fit_its_value_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"line \d"):
        read_yaml(text)


PLAN = {"soft_id": "uno", "name": "Uno", "price": "9", "currency": "EUR", "interval": "month"}


@pytest.mark.parametrize(
    ("field", "written"),
    [
        *(("name", word) for word in ("No", "yes", "off", "012", "1e3", "12:30", "2027-01-01", "0x1F", "True", "1_0")),
        *(("soft_id", word) for word in ("007", "0x1f", "2027-01-01", "1e3")),
        *(("note", word) for word in ("On", "1.50", "010")),
    ],
)
async def test_words_of_a_plan_file_are_kept_as_written(field: str, written: str) -> None:
    shop = memory_shop()
    text = "plans:\n- " + "\n  ".join(f"{name}: {each}" for name, each in (PLAN | {field: written}).items())
    await Staff(shop)(SHELL, "import_plans", "", file=text)
    async with shop.units() as uow:
        (plan,) = await uow.plans.all(active_only=False)
    assert getattr(plan, field) == written


async def test_numbers_and_truth_values_of_a_plan_file_are_read_by_their_fields() -> None:
    shop = memory_shop()
    more = {"trial_days": "012", "active": "false", "grace_days": "null", "interval_count": "3"}
    text = "plans:\n- " + "\n  ".join(f"{name}: {each}" for name, each in (PLAN | more).items())
    await Staff(shop)(SHELL, "import_plans", "", file=text)
    async with shop.units() as uow:
        (plan,) = await uow.plans.all(active_only=False)
    assert (plan.trial_days, plan.active, plan.grace_days, plan.interval_count) == (12, False, None, 3)


@pytest.mark.parametrize(
    ("written", "field", "line"),
    [
        ("- {soft_id: uno, name: Uno, price: '9', price: '99', currency: EUR, interval: month}", "file", 2),
        ("- name: Uno\n  price: 12:30\n  currency: EUR\n  days: 30", "plans[1].price", 3),
        ("- name: Uno\n  price: '9'\n  currency: EUR\n  days: 0x1e", "plans[1].duration_days", 5),
        ("- name: Uno\n  price: '9'\n  currency: EUR\n  days: 30\n  active: yes", "plans[1].active", 6),
        ("- name: Uno\n  price: '9'\n  currency: EUR\n  days: 30\n  trial_days: 1_0", "plans[1].trial_days", 6),
        ("- name: Uno\n  price: '9'\n  currency: EUR\n  days: 30\n  colour: red", "plans[1].colour", 6),
        ("- name: null\n  price: '9'\n  currency: EUR\n  days: 30", "plans[1].name", 2),
        ("- name: Uno\n  price: '9'\n  days: 30", "plans[1].currency", 2),
        ("- name: Uno\n  texts: {en: {name: One, name: Uno}}", "file", 3),
        ("- name: Uno\n  price: '9'\n  currency: EUR\n  days: 30\ncurrency: USD", "currency", 6),
        ("- name: 'Uno", "file", 2),
    ],
)
async def test_refused_plan_file_names_the_line_and_the_field(written: str, field: str, line: int) -> None:
    compare = ComparePlans((shop := memory_shop()).units, shop.clock)
    with pytest.raises(InvalidInput) as refused:
        await compare(read_yaml(f"plans:\n{written}\n"))
    assert refused.value.field == field
    assert isinstance(refused.value.problem, Spoken)
    assert refused.value.problem.startswith(f"line {line}: ")
    assert text_for(refused.value.problem, "es").startswith(f"línea {line}: ")


def test_emoji_that_json_writes_in_two_halves_is_read_as_one() -> None:
    assert read_yaml('{"plans": [\n\t{"emoji": "\\ud83d\\udd25"}]}') == {"plans": [{"emoji": "🔥"}]}


def test_fields_of_a_merged_mapping_are_taken_unless_they_are_given() -> None:
    text = "a: &a {price: 9, days: 30}\nb: {<<: *a, days: 60}"
    assert read_yaml(text)["b"] == {"price": "9", "days": "60"}


def test_second_merge_into_a_mapping_is_refused() -> None:
    with pytest.raises(InvalidInput, match="line 3: << is there twice, first in line 2"):
        read_yaml("a: &a {price: 9}\nb: {<<: *a,\n<<: {price: 99}}")


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
        read_yaml("\n".join(lines))


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
            await compare(read_yaml(text))


@pytest.mark.parametrize(
    "text",
    ["[" * 30_000, "{" * 30_000, "- " * 20_000, "? " * 5_000, "&a [*a]", "plans:\n- ~: 2", "plans:\n- [a]", "\0"],
)
async def test_hostile_file_is_refused(text: str) -> None:
    compare = ComparePlans((shop := memory_shop()).units, shop.clock)
    with pytest.raises(InvalidInput):
        await compare(read_yaml(text))
