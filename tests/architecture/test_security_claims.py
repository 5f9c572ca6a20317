"""Each sentence of docs/security.md has a test, and each test named as evidence exists."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.security_sentences import PAGE, sentences
from tests.support.each_case import each_case
from tests.support.removed import is_removed, of_all_features

TESTS: Final = Path(__file__).parents[1]
WORDS: Final = frozenset({"explains", "measured", "advice", "limit"})
CORE: Final = Path(__file__).with_name("security_claims.toml")
PAGES: Final = {CORE: PAGE} | {
    each: TESTS.parent / "src/features" / each.parent.name / "docs.md"
    for each in sorted((TESTS / "features").glob("*/security_claims.toml"))
}
"""Documentation page for each file of security claims. Of a feature's page, only those chapters are about security in
which a sentence has a claim.
"""


@cache
def _claims(file: Path) -> dict[str, str | list[str]]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


CLAIMS: Final = {text: shown for file in PAGES for text, shown in _claims(file).items()}
_ALL_NAMED: Final = {name for shown in CLAIMS.values() if not isinstance(shown, str) for name in shown}
NAMED: Final = sorted(name for name in _ALL_NAMED if not is_removed(name))


@cache
def _defined(path: Path) -> frozenset[str]:
    return frozenset(re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def _said(file: Path) -> list[str]:
    found = [*sentences(PAGES[file].read_text(encoding="utf-8"))]
    parts = {each.part for each in found if file == CORE or each.text in _claims(file)}
    return [each.text for each in found if each.part in parts]


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.parent.name)
def test_each_sentence_of_the_security_page_is_listed_as_a_claim(file: Path) -> None:
    said, claims = _said(file), _claims(file)
    assert [text for text in said if text not in claims] == [], f"say in {file.name} which test shows it"
    assert [text for text in claims if text not in said] == [], "the page says this no more"


def test_each_security_claim_names_tests_or_a_reason_for_having_none() -> None:
    unsaid = [text for text, shown in CLAIMS.items() if not shown or (isinstance(shown, str) and shown not in WORDS)]
    assert unsaid == []


@each_case("name", NAMED)
def test_every_test_named_in_a_security_claim_exists(name: str) -> None:
    file, _, test = name.partition("::")
    path = TESTS / file
    assert path.is_file()
    assert test in _defined(path)


@of_all_features
def test_security_page_names_only_existing_tests() -> None:
    texts = [page.read_text(encoding="utf-8") for page in PAGES.values()]
    named = {name for text in texts for name in re.findall(r"\b(test_\w+)(?=[`,]|\.py)", text)}
    files = [*TESTS.rglob("test_*.py")]
    known = {name for path in files for name in (path.stem, *_defined(path))}
    assert named <= known


def test_sentences_and_rows_are_parsed() -> None:
    page = "## One\n\nNothing is lost. Nothing\nis read.\n\n- It is so.\n\n| a | b |\n|---|---|\n| who | what | t |\n"
    assert [sentence.text for sentence in sentences(page)] == [
        "Nothing is lost.",
        "Nothing is read.",
        "It is so.",
        "who → what",
    ]
