"""What docs/operators-documents.md points at is there: every file, and every name in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.conftest import ROOT

PAGE = ROOT / "docs/operators-documents.md"
PLACE = re.compile(r"`((?:src|tests|docs|migrations|scripts|sandbox)/[\w./-]*|pyproject\.toml)(?:::(\w+))?`")


def says(path: Path, name: str) -> bool:
    """Whether a file defines a name: in Python a class, function, field or constant, elsewhere a key or a word."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return re.search(rf"\b{name}\b", text) is not None
    defined = rf"(?m)^\s*(?:(?:async )?def|class) {name}\b|^\s*{name}\s*[:=]"
    return re.search(defined, text) is not None


def missing(page: str) -> list[str]:
    """Places the page names that are not there, as it writes them."""
    return [f"{path}::{name}" if name else path for path, name in PLACE.findall(page) if not there(path, name)]


def there(path: str, name: str) -> bool:
    place = ROOT / path
    return place.exists() and (not name or (place.is_file() and says(place, name)))


def test_every_place_the_page_names_is_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(PLACE.findall(page)) > 300

    assert not missing(page)


def test_every_walk_that_the_page_on_recovery_names_is_there() -> None:
    page = (ROOT / "docs/recovery.md").read_text(encoding="utf-8")
    assert len(PLACE.findall(page)) > 5

    assert not missing(page)


def test_every_row_says_where_it_is_and_what_holds_it() -> None:
    page, _, _ = PAGE.read_text(encoding="utf-8").partition("## Deviations")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]

    assert not [row for row in rows if len(row) != 3 or not all(row)]


@pytest.mark.parametrize("place", ["src/bot/nowhere.py", "src/bot/callbacks.py::nothing_there"])
def test_a_wrong_place_would_be_seen(place: str) -> None:
    assert missing(f"| x | `{place}` | – |") == [place]
