"""Check that the pages about personal data match the declarations of personal data and the settings."""

from __future__ import annotations

import pytest

from scripts.site import DOCS
from scripts.site_privacy import ENGLISH, SPANISH, Tongue, privacy
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.infrastructure.database.personal_tables import PERSONAL_TABLES
from tests.support.removed import of_all_features


@pytest.mark.parametrize("tongue", [ENGLISH, SPANISH], ids=lambda tongue: tongue.language)
def test_privacy_page_lists_every_table_with_personal_data(tongue: Tongue) -> None:
    text = privacy(tongue)

    assert PERSONAL_TABLES
    assert not [held.table for held in PERSONAL_TABLES if text.count(f"\n| `{held.table}` | ") != 1]


@of_all_features
def test_table_list_of_the_privacy_page_is_translated_completely() -> None:
    assert (set(SPANISH.kinds), set(SPANISH.said)) == (set(ENGLISH.kinds), set(ENGLISH.said))


@pytest.mark.parametrize("name", ["privacy.md", "es/privacy.md"])
def test_privacy_page_lists_every_retention_period(name: str) -> None:
    document = (DOCS / name).read_text(encoding="utf-8")
    periods = {
        name: field.default for name, field in CoreSettings.model_fields.items() if name.startswith("retention_")
    }
    assert len(periods) == 5
    rows = {line.split("`")[1]: line for line in document.splitlines() if line.startswith("| `RETENTION_")}
    assert [name for name, days in periods.items() if f"| {days} d" not in rows.get(name.upper(), "")] == []
