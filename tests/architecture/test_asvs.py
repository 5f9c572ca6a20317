"""docs/asvs.md answers each requirement of ASVS 5.0.0, levels 1 and 2, exactly once, with evidence that exists."""

from __future__ import annotations

import re

from tests.architecture.conftest import ROOT
from tests.architecture.test_operators_documents import PLACE, missing

PAGE = (ROOT / "docs/asvs.md").read_text(encoding="utf-8")
LIMITS = (ROOT / "docs/security.md").read_text(encoding="utf-8").partition("## Known limits")[2]
SECTIONS = (
    "1.1:1-2 1.2:1-9 1.3:1-11 1.4:1-3 1.5:1-2 2.1:1-3 2.2:1-3 2.3:1-4 2.4:1 3.2:1-2 3.3:1-4 3.4:1-6 3.5:1-5 3.7:1-2 "
    "4.1:1-3 4.2:1 4.3:1-2 4.4:1-4 5.1:1 5.2:1-3 5.3:1-2 5.4:1-3 6.1:1-3 6.2:1-12 6.3:1-4 6.4:1-4 6.5:1-5 6.6:1-3 "
    "6.8:1-4 7.1:1-3 7.2:1-4 7.3:1-2 7.4:1-5 7.5:1-2 7.6:1-2 8.1:1-2 8.2:1-3 8.3:1 8.4:1 9.1:1-3 9.2:1-4 10.1:1-2 "
    "10.2:1-2 10.3:1-4 10.4:1-11 10.5:1-5 10.6:1-2 10.7:1-3 11.1:1-2 11.2:1-3 11.3:1-3 11.4:1-4 11.5:1 11.6:1 "
    "12.1:1-3 12.2:1-2 12.3:1-4 13.1:1 13.2:1-5 13.3:1-2 13.4:1-5 14.1:1-2 14.2:1-4 14.3:1-3 15.1:1-3 15.2:1-3 "
    "15.3:1-7 16.1:1 16.2:1-5 16.3:1-4 16.4:1-3 16.5:1-3 17.1:1 17.2:1-4 17.3:1-2 "
)
"""Requirement numbers of levels 1 and 2 by section, from the list of the ASVS 5.0.0 standard."""
VERDICTS = {"pass", "n/a", "fail"}


def numbers() -> list[str]:
    found = []
    for section, spans in (part.split(":") for part in SECTIONS.split()):
        for span in spans.split(","):
            first, _, last = span.partition("-")
            found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def rows() -> list[list[str]]:
    return [line.strip("| ").split(" | ") for line in PAGE.splitlines() if re.match(r"\| \d", line)]


def answered(cell: str) -> list[str]:
    """Return the requirement numbers of a row's first cell, with ranges expanded."""
    known, found = numbers(), []
    for part in cell.split(", "):
        first, _, last = part.partition("–")
        found += known[known.index(first) : known.index(last or first) + 1]
    return found


def test_each_asvs_requirement_is_answered_once() -> None:
    assert len(numbers()) == 253
    assert sorted(number for row in rows() for number in answered(row[0])) == sorted(numbers())


def test_answer_has_a_known_verdict_and_a_reason() -> None:
    assert {row[2] for row in rows()} == VERDICTS
    assert not [row for row in rows() if len(row) != 4 or len(row[3].split()) < 1 or not row[1]]
    assert not [row for row in rows() if row[2] == "n/a" and len(row[3].split()) < 2]


def test_passed_requirement_names_a_test_line_or_section() -> None:
    shows = re.compile(r"`[\w./-]+::\w+`|`[\w./-]+\.md`\s\(«|\]\([\w./-]+\.md#[^)]+\)|`(?:pyproject|ruff)\.toml`")
    assert not [row[0] for row in rows() if row[2] == "pass" and not shows.search(row[3])]


def test_failed_requirement_is_listed_in_known_limits() -> None:
    failed = [number for row in rows() if row[2] == "fail" for number in answered(row[0])]
    assert not [number for number in failed if not re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.]*\d)", LIMITS)]


def test_each_script_and_cookie_of_the_product_is_named_on_the_asvs_page() -> None:
    source = ROOT / "src"
    scripts = {str(path.relative_to(ROOT)) for path in source.rglob("static/**/*.js")}
    cookies = {name for path in source.rglob("*.py") for name in re.findall(r'"(__Host-[\w-]+)"', path.read_text())}
    assert {name for name in scripts | cookies if f"`{name}`" not in PAGE} == set()


def test_every_path_named_on_the_asvs_page_exists() -> None:
    assert len(PLACE.findall(PAGE)) > 100
    assert not missing(PAGE)
