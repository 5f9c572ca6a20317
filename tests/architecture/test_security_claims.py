"""Each sentence of docs/security.md has a test, and each test it names exists."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.security_sentences import PAGE, sentences

TESTS: Final = Path(__file__).parents[1]
WORDS: Final = frozenset({"explains", "measured", "advice", "limit"})
CLAIMS: Final[dict[str, str | list[str]]] = tomllib.loads(
    Path(__file__).with_name("security_claims.toml").read_text(encoding="utf-8")
)
NAMED: Final = sorted({name for shown in CLAIMS.values() if not isinstance(shown, str) for name in shown})


@cache
def _defined(path: Path) -> frozenset[str]:
    return frozenset(re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_sentence_of_the_page_has_a_claim() -> None:
    said = [sentence.text for sentence in sentences(PAGE.read_text(encoding="utf-8"))]
    assert [text for text in said if text not in CLAIMS] == [], "say in security_claims.toml which test shows it"
    assert [text for text in CLAIMS if text not in said] == [], "the page says this no more"


def test_claim_names_tests_or_a_reason() -> None:
    unsaid = [text for text, shown in CLAIMS.items() if not shown or (isinstance(shown, str) and shown not in WORDS)]
    assert unsaid == []


@pytest.mark.parametrize("name", NAMED)
def test_named_test_exists(name: str) -> None:
    file, _, test = name.partition("::")
    path = TESTS / file
    assert path.is_file()
    assert test in _defined(path)


def test_page_names_only_existing_tests() -> None:
    named = set(re.findall(r"\b(test_\w+)(?=[`,]|\.py)", PAGE.read_text(encoding="utf-8")))
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
