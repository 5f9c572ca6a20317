"""Check that the paths and commits named in docs/changing.md, docs/where.md and docs/writing-a-feature.md exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.conftest import ROOT
from tests.support.each_case import each_case
from tests.support.removed import is_removed

WALKS = (ROOT / "docs/changing.md").read_text(encoding="utf-8")
NAMING = [WALKS, *((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("where.md", "writing-a-feature.md"))]
NAMED = re.compile(r"`([\w./{},-]+/[\w./{},-]*)`")
EXAMPLES = {
    *("artifacts/sheets", "src/features/NAME", "tests/features/NAME/", "use_cases/", "migrations/"),
    *("texts/en/chat.toml", "texts/es/chat.toml", "texts/en/console.toml", "texts/es/console.toml"),
    *("texts/es", "texts/en", "texts/alarms.toml"),
}
"""Paths that a walkthrough or a command creates and the repository does not contain."""


def alternatives(path: str) -> list[str]:
    """Expand the braces of a path: `a/{b,c}.py` is two files."""
    choice = re.search(r"\{([^}]*)\}", path)
    if choice is None:
        return [path]
    return [path[: choice.start()] + each + path[choice.end() :] for each in choice[1].split(",")]


def places(path: str) -> list[Path]:
    """Return the possible locations of a path: below the repository's root, `src`, `src/subscriptions`, or one of three
    folders inside `src/subscriptions`.
    """
    rooms = ("", "src", "src/subscriptions", "src/subscriptions/application", "src/subscriptions/bootstrap")
    return [ROOT / room / path for room in (*rooms, "src/subscriptions/infrastructure")]


@each_case("named", sorted({name for page in NAMING for name in NAMED.findall(page)} - EXAMPLES))
def test_file_named_in_a_walkthrough_exists(named: str) -> None:
    for path in (each for each in alternatives(named) if not is_removed(each)):
        assert any(each.exists() for each in places(path)), path


def test_every_commit_subject_in_the_walkthrough_table_is_in_the_git_history() -> None:
    if (ROOT / ".git/shallow").exists() or not (ROOT / ".git").exists():
        pytest.skip("the history is not here")
    subjects = subprocess.run(
        ["git", "log", "--format=%s"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    rows = [line for line in WALKS.splitlines() if line.startswith("| [")]
    commits = [found[1] for row in rows if (found := re.search(r"\| `([^`]+)` \|$", row))]
    assert commits
    assert [each for each in commits if each not in subjects] == []
