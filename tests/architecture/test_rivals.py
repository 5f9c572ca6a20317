"""docs/rivals.md: each row is shown by a test or a picture that is there, or says why Umbral has not that."""

from __future__ import annotations

from tests.architecture.conftest import ROOT
from tests.architecture.test_operators_documents import PLACE, missing

PAGE = (ROOT / "docs/rivals.md").read_text(encoding="utf-8")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")][1:]
LEAST = 20
"""Fewer would mean that rows are not read any more."""


def test_every_place_is_there() -> None:
    assert missing(PAGE) == []


def test_every_row_is_shown_or_says_why_not() -> None:
    assert len(ROWS) >= LEAST
    assert not [row[0] for row in ROWS if len(row) != 4 or not all(row)]
    shown = {row[0] for row in ROWS if PLACE.findall(row[3])}
    reasons = {row[0] for row in ROWS if row[3] == "why not" and row[2].startswith("no: ")}
    assert {row[0] for row in ROWS} - shown == reasons
