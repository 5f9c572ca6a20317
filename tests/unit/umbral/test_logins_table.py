"""Check that the security page lists the tables that each database user may write, each with the owner alert about
unauthorized writes.
"""

from __future__ import annotations

import pytest

from scripts.logins_table import ENGLISH, REPORTED_BY, SPANISH, Tongue, written
from subscriptions.application.alarms.alarm_kind import alarm_kinds
from subscriptions.infrastructure.database.grants import tables
from tests.support.removed import of_all_features


@of_all_features
@pytest.mark.parametrize("tongue", [ENGLISH, SPANISH])
def test_security_page_lists_the_tables_that_each_database_user_may_write(tongue: Tongue) -> None:
    assert written(tongue) == tongue.document.read_text(encoding="utf-8"), "run python -m scripts.logins_table"


@of_all_features
def test_each_table_and_owner_alert_named_for_unauthorized_writes_exists() -> None:
    assert set(REPORTED_BY) <= set(tables())
    assert {name for names in REPORTED_BY.values() for name in names} <= set(alarm_kinds())
