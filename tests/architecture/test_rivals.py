"""Each row of docs/rivals.md names a test or picture that exists, or the reason why Umbral lacks the capability."""

from __future__ import annotations

import re

from subscriptions.application.menu import MenuSection
from tests.architecture.conftest import ROOT
from tests.architecture.test_operators_documents import PLACE, missing
from web.console.words import words_for

PAGE = (ROOT / "docs/rivals.md").read_text(encoding="utf-8")
FEATURES, _, NAVIGATION = PAGE.partition("\n## ")
ROWS = [line.strip("| ").split(" | ") for line in FEATURES.splitlines() if line.startswith("| ")][1:]
LEAST = 20
"""Minimum number of rows; a smaller number means that the page was not parsed."""


def test_every_path_named_on_the_rivals_page_exists() -> None:
    assert missing(PAGE) == []


def test_each_row_of_the_rivals_page_names_evidence_or_a_reason_for_a_missing_capability() -> None:
    assert len(ROWS) >= LEAST
    assert not [row[0] for row in ROWS if len(row) != 4 or not all(row)]
    shown = {row[0] for row in ROWS if PLACE.findall(row[3])}
    reasons = {row[0] for row in ROWS if row[3] == "why not" and row[2].startswith("no: ")}
    assert {row[0] for row in ROWS} - shown == reasons


def test_navigation_table_lists_the_console_sections_in_menu_order() -> None:
    words = words_for("en")
    sections = [words(f"section.{section}") for section in MenuSection]
    assert re.findall(r"^\| \*\*(\w+)\*\* \|", NAVIGATION, re.MULTILINE) == sections
