"""What each login may write stands in the security page, with the alarm that reports it."""

from __future__ import annotations

import pytest

from scripts.logins_table import ENGLISH, REPORTED_BY, SPANISH, Tongue, written
from subscriptions.application.alarms.alarm_kind import alarm_kinds
from subscriptions.infrastructure.database.grants import tables


@pytest.mark.parametrize("tongue", [ENGLISH, SPANISH])
def test_the_page_says_what_each_login_writes(tongue: Tongue) -> None:
    assert written(tongue) == tongue.document.read_text(encoding="utf-8"), "run python -m scripts.logins_table"


def test_each_alarm_and_table_exists() -> None:
    assert set(REPORTED_BY) <= set(tables())
    assert {name for names in REPORTED_BY.values() for name in names} <= set(alarm_kinds())
