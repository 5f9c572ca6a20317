"""Short labels of the settings that the console edits."""

from __future__ import annotations

import pytest

from subscriptions.bootstrap.settings_in_force import EDITABLE
from web.console.pages.settings import label_of
from web.console.words import words_for


@pytest.mark.parametrize("language", ["es", "en"])
def test_each_editable_setting_has_its_own_short_label(language: str) -> None:
    labels = [label_of(words_for(language), name) for name in EDITABLE]
    assert "" not in labels
    assert len(set(labels)) == len(labels), "no two sound alike"
    assert [each for each in labels if len(each) > 40] == []
