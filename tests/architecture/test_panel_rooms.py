"""Check that pages, screens and texts of the panel are in the folder ("room") of their glossary term."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bot.texts import LANGUAGES
from tests.architecture.conftest import ROOT
from tests.architecture.test_rooms import rooms

BOT = ROOT / "src/bot"
FLOORS = (BOT / "panel/pages", BOT / "screens/panel", *(BOT / "locales" / language for language in LANGUAGES))
OUTSIDE = {
    BOT / "panel/pages": {"__init__", "home", "lists"},
    BOT / "screens/panel": {"__init__", "asking", "frame", "home", "lists"},
}
"""Modules shared by the folders of all terms: the home page, a question, and the frame around each screen."""


def strange(floor: Path, known: set[str]) -> list[str]:
    """Return the folders that are not named in the glossary."""
    found = (path.name for path in floor.iterdir() if path.is_dir() and path.name != "__pycache__")
    return sorted(name for name in found if name not in known)


def homeless(floors: Iterable[Path]) -> list[str]:
    """Return the terms that have a different folder name in different parts of the bot."""
    at: dict[str, set[str]] = {}
    for floor in floors:
        for path in (*floor.glob("*/*.py"), *floor.glob("*/*.toml")):
            if path.stem != "__init__":
                at.setdefault(path.stem, set()).add(path.parent.name)
    return sorted(f"{word}: {', '.join(sorted(found))}" for word, found in at.items() if len(found) > 1)


def known() -> set[str]:
    return {room.name for room in rooms()}


def test_every_panel_folder_is_named_after_an_application_folder() -> None:
    assert {str(floor): strange(floor, known()) for floor in FLOORS if strange(floor, known())} == {}


def test_only_listed_shared_modules_are_outside_the_panel_folders() -> None:
    assert {str(floor): {path.stem for path in floor.glob("*.py")} for floor in OUTSIDE} == {
        str(floor): names for floor, names in OUTSIDE.items()
    }


def test_pages_screens_and_texts_of_a_glossary_term_are_in_folders_of_one_name() -> None:
    assert homeless(FLOORS) == []
    words = {path.stem for floor in FLOORS[:2] for path in floor.glob("*/*.py")}
    # A room's texts belong to its pages and screens; texts that customers read too are elsewhere.
    assert {path.stem for floor in FLOORS[2:] for path in floor.glob("*/*.toml")} <= words


def test_unknown_panel_folder_and_term_in_two_folders_are_found(tmp_path: Path) -> None:
    pages, texts = tmp_path / "pages", tmp_path / "locales"
    for planted in (pages / "vip/channel.py", texts / "vipchannel/channel.toml"):
        planted.parent.mkdir(parents=True)
        planted.touch()

    assert strange(pages, known()) == []
    assert strange(texts, known()) == ["vipchannel"]
    assert homeless([pages, texts]) == ["channel: vip, vipchannel"]
