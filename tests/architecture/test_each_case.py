"""Test that a test of many cases reports every failing case."""

from __future__ import annotations

import inspect

import pytest

from tests.support.each_case import each_case


@each_case("factor", [1, 3], ids=lambda factor: f"times {factor}")
@each_case(("number", "limit"), [(1, 2), (2, 4), (3, 9)])
def small_product(fixture: str, number: int, limit: int, factor: int) -> None:
    assert number * factor <= limit, fixture


def test_every_failing_case_is_named() -> None:
    with pytest.raises(ExceptionGroup, match="2 of 3 cases fail") as raised:
        small_product(fixture="any")

    assert [failure.__notes__[0] for failure in raised.value.exceptions] == ["case: 1-2", "case: 2-4"]
    assert raised.value.__notes__ == ["case: times 3"]


def test_test_of_many_cases_still_requests_its_fixtures_as_parameters() -> None:
    assert [*inspect.signature(small_product).parameters] == ["fixture"]


def test_passing_cases_raise_no_error() -> None:
    each_case("number", range(3))(lambda number: None)()
