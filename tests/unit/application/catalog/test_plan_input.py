"""Parsing of plan fields typed by staff: their minimum and maximum, and the notation of an unlimited length."""

from __future__ import annotations

import pytest

from subscriptions.application.catalog.plan_input import FOREVER, clean_days, clean_name
from subscriptions.domain.entities.service_plan import DURATION_LIMIT, LIFETIME, NAME_LIMIT
from subscriptions.domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "days"),
    [(1, 1), (" 30 ", 30), (DURATION_LIMIT, DURATION_LIMIT), (FOREVER, LIFETIME), (LIFETIME, LIFETIME)],
)
def test_valid_days_are_parsed_as_a_whole_number_or_as_lifetime(typed: int | str, days: int) -> None:
    assert clean_days(typed) == days


@pytest.mark.parametrize("typed", [0, -1, DURATION_LIMIT + 1, "1.5", "", "ten", "0001000", True])
def test_invalid_days_are_refused(typed: int | str) -> None:
    with pytest.raises(InvalidInput, match=f"1 to {DURATION_LIMIT}") as refused:
        clean_days(typed)
    assert refused.value.field == "duration_days"


def test_plan_name_is_joined_into_one_line_and_an_empty_or_long_name_is_refused() -> None:
    assert clean_name("  Plan \n VIP ") == "Plan VIP"
    assert clean_name("x" * NAME_LIMIT) == "x" * NAME_LIMIT
    for wrong in (" \n", "x" * (NAME_LIMIT + 1)):
        with pytest.raises(InvalidInput) as refused:
            clean_name(wrong)
        assert refused.value.field == "name"
