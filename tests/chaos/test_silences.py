"""The list of unreported faults names existing tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.report import page
from tests.chaos.silences import SILENCES, Silence

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "reliability.md"


@pytest.mark.parametrize("silence", SILENCES, ids=lambda silence: silence.what)
def test_each_unreported_fault_names_an_existing_test(silence: Silence) -> None:
    file, _, name = silence.test.partition("::")
    assert f"def {name}(" in (ROOT / file).read_text()


def test_reliability_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page([], 1, PAGE.read_text())
