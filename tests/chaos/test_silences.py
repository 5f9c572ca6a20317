"""The page of what nobody reports names tests that are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.report import page
from tests.chaos.silences import SILENCES, Silence

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "reliability.md"


@pytest.mark.parametrize("silence", SILENCES, ids=lambda silence: silence.what)
def test_each_silence_is_found_in_a_test(silence: Silence) -> None:
    file, _, name = silence.test.partition("::")
    assert f"def {name}(" in (ROOT / file).read_text()


def test_the_page_is_as_it_would_be_written() -> None:
    assert PAGE.read_text() == page([], 1, PAGE.read_text())
