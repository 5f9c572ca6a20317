"""docs/privacy.md says what the list of personal data says."""

from __future__ import annotations

from scripts.privacy_table import DOCUMENT, written
from subscriptions.bootstrap.settings.core import CoreSettings


def test_the_document_is_as_the_list_is() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert written(document) == document, "run python -m scripts.privacy_table"


def test_every_period_has_its_line_in_the_document() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    periods = {
        name: field.default for name, field in CoreSettings.model_fields.items() if name.startswith("retention_")
    }
    assert len(periods) == 5
    lines = [f"| `{name.upper()}` |" for name in periods]
    assert [line for line in lines if line not in document] == []
    assert all(f"| {days} days |" in document for days in periods.values())
