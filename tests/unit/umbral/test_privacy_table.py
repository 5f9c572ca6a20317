"""docs/privacy.md and its Spanish version match the list of personal data."""

from __future__ import annotations

import pytest

from scripts.privacy_table import ENGLISH, SPANISH, Tongue, written
from subscriptions.bootstrap.settings.core import CoreSettings


@pytest.mark.parametrize("tongue", [ENGLISH, SPANISH], ids=lambda tongue: str(tongue.document.parent.name))
def test_privacy_page_matches_list(tongue: Tongue) -> None:
    assert written(tongue) == tongue.document.read_text(encoding="utf-8"), "run python -m scripts.privacy_table"


def test_list_is_described_in_both_languages() -> None:
    assert (set(SPANISH.kinds), set(SPANISH.said)) == (set(ENGLISH.kinds), set(ENGLISH.said))


@pytest.mark.parametrize("tongue", [ENGLISH, SPANISH], ids=lambda tongue: str(tongue.document.parent.name))
def test_every_retention_period_is_on_privacy_page(tongue: Tongue) -> None:
    document = tongue.document.read_text(encoding="utf-8")
    periods = {
        name: field.default for name, field in CoreSettings.model_fields.items() if name.startswith("retention_")
    }
    assert len(periods) == 5
    lines = [f"| `{name.upper()}` |" for name in periods]
    assert [line for line in lines if line not in document] == []
    assert all(f"| {days} d" in document for days in periods.values())
