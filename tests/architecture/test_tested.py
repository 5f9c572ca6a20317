"""docs/tested.md agrees with the pages that it quotes, and lists every target that they report as missed."""

from __future__ import annotations

import operator
import re

import pytest

from tests.architecture.conftest import ROOT

DOCS = ROOT / "docs"
PAGE = (DOCS / "tested.md").read_text(encoding="utf-8")
QUOTES = [
    (quote, line)
    for line in PAGE.partition("## How it was tested")[2].splitlines()
    if "](" in line
    for quote in re.findall(r'"([^"]+)"', line)
]
COLUMNS = 6
HOLDS = {"≥": operator.ge, "≤": operator.le, "<": operator.lt}


def page(name: str) -> str:
    """Return a document as one line."""
    return " ".join((DOCS / name).read_text(encoding="utf-8").split())


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:1] == "|"]


@pytest.mark.parametrize(("quote", "line"), QUOTES, ids=[quote[:40] for quote, _ in QUOTES])
def test_quote_on_the_tested_page_is_on_the_page_that_it_links_to(quote: str, line: str) -> None:
    pages = re.findall(r"\]\(([\w./-]+\.md)", line)
    assert any(quote in page(name) for name in pages), pages


def test_gateway_table_lists_no_failed_conformance_check() -> None:
    behaviours = [row for row in rows((DOCS / "gateways.md").read_text(encoding="utf-8")) if row[0].isdigit()]
    assert behaviours
    assert [row for row in behaviours if "✗" in row] == []


def test_every_missed_performance_target_is_on_the_tested_page() -> None:
    missed = set()
    for row in rows((DOCS / "performance.md").read_text(encoding="utf-8")):
        measured = re.match(r"\*\*([\d.]+)\*\*", row[3]) if len(row) == COLUMNS else None
        wanted = re.match(r"([≥≤<]) ([\d.]+)", row[4]) if measured else None
        if measured and wanted and not HOLDS[wanted[1]](float(measured[1]), float(wanted[2])):
            missed.add((row[0], measured[1], row[4]))
    named = rows(PAGE.partition("## The misses")[2].partition("**Mutants.**")[0])[2:]
    assert {tuple(row) for row in named} == missed


def test_every_unmet_asvs_requirement_is_on_the_tested_page() -> None:
    verdicts = [row for row in rows((DOCS / "asvs.md").read_text(encoding="utf-8")) if row[0][:1].isdigit()]
    unmet = re.search(r"not met: ([\d., –]+)\.\n", PAGE)
    assert unmet is not None
    assert unmet[1].split(", ") == [row[0] for row in verdicts if row[2] == "fail"]
