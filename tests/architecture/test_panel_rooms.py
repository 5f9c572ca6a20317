"""What the panel shows lies in the room of its word, in pages, screens and texts alike."""

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
"""What the rooms share: the way in, a question, the frame around each screen."""


def strange(floor: Path, known: set[str]) -> list[str]:
    """Folders that are no room's."""
    found = (path.name for path in floor.iterdir() if path.is_dir() and path.name != "__pycache__")
    return sorted(name for name in found if name not in known)


def homeless(floors: Iterable[Path]) -> list[str]:
    """Words that lie in one room here and in another there."""
    at: dict[str, set[str]] = {}
    for floor in floors:
        for path in (*floor.glob("*/*.py"), *floor.glob("*/*.toml")):
            if path.stem != "__init__":
                at.setdefault(path.stem, set()).add(path.parent.name)
    return sorted(f"{word}: {', '.join(sorted(found))}" for word, found in at.items() if len(found) > 1)


def known() -> set[str]:
    return {room.name for room in rooms()}


def test_folders_of_the_panel_are_the_rooms_of_the_application() -> None:
    assert {str(floor): strange(floor, known()) for floor in FLOORS if strange(floor, known())} == {}


def test_only_what_the_rooms_share_lies_outside_of_them() -> None:
    assert {str(floor): {path.stem for path in floor.glob("*.py")} for floor in OUTSIDE} == {
        str(floor): names for floor, names in OUTSIDE.items()
    }


def test_one_word_is_in_one_room_on_every_floor() -> None:
    assert homeless(FLOORS) == []
    words = {path.stem for floor in FLOORS[:2] for path in floor.glob("*/*.py")}
    # A room's texts are those of its pages and screens; what customers read as well lies apart.
    assert {path.stem for floor in FLOORS[2:] for path in floor.glob("*/*.toml")} <= words


def test_a_folder_of_another_word_and_a_word_in_two_rooms_would_be_seen(tmp_path: Path) -> None:
    pages, texts = tmp_path / "pages", tmp_path / "locales"
    for planted in (pages / "vip/channel.py", texts / "vipchannel/channel.toml"):
        planted.parent.mkdir(parents=True)
        planted.touch()

    assert strange(pages, known()) == []
    assert strange(texts, known()) == ["vipchannel"]
    assert homeless([pages, texts]) == ["channel: vip, vipchannel"]
