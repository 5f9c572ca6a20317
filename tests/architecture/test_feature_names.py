"""Check that the number of names of optional features in the code of core and platform does not increase."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.feature_imports import ROOT, FeatureMap, modules_in
from scripts.feature_names import Named, Words, named_in, verdict

NO_MODULES = FeatureMap({}, 0)


def test_number_of_occurrences_of_each_feature_name_in_the_core_equals_its_ceiling() -> None:
    words = Words.read()
    counts = dict.fromkeys(words.ceilings, 0)
    for each in named_in(words, FeatureMap.read(), modules_in(ROOT / "src")):
        counts[each.feature] += 1

    assert verdict(counts, words.ceilings) == []


def test_every_counted_word_is_the_name_of_a_feature() -> None:
    # Tips are sold by several features together. Features whose name is a word of the core have no words.
    of_features = Words.read().ceilings.keys() - {"tips"}

    assert of_features <= {*FeatureMap.read().owners.values(), "partners", "news"}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("SEND_GIFT = 1", "SEND_GIFT"),
        ("def send(gift_of): ...", "gift_of"),
        ("class GiftBox: ...", "GiftBox"),
        ("kind = 'gift_ready'", "gift_ready"),
        ("send(gift=1)", "gift"),
        ("send.gift()", "gift"),
        ("from shop import gifts", "gifts"),
        ("page = f'/gifts/{order}'", "/gifts/"),
    ],
)
def test_feature_name_in_the_core_is_found(tmp_path: Path, line: str, name: str) -> None:
    path = tmp_path / "till.py"
    path.write_text(f'"""A gift is sold."""\n{line}\n')

    found = named_in(words_of("gifts?"), NO_MODULES, {"shop.till": path})

    assert found == [Named("gifts", "shop.till", name)]


@pytest.mark.parametrize("line", ["gifted = 1", "def send():\n    'Send a gift.'", "shift = 'giftware'"])
def test_similar_words_and_docstrings_are_not_counted(tmp_path: Path, line: str) -> None:
    path = tmp_path / "till.py"
    path.write_text(f"{line}\n")

    assert named_in(words_of("gifts?"), NO_MODULES, {"shop.till": path}) == []


def test_names_in_the_folder_of_a_feature_are_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "wrap.py"
    path.write_text("GIFT = 1\n")

    assert named_in(words_of("gifts?"), NO_MODULES, {"features.gifts.wrap": path}) == []
    assert named_in(words_of("gifts?"), FeatureMap({"shop.gifts": "gifts"}, 0), {"shop.gifts.wrap": path}) == []


@pytest.mark.parametrize(("count", "is_wrong"), [(4, True), (5, False), (6, True)])
def test_name_count_above_or_below_the_ceiling_fails(count: int, is_wrong: bool) -> None:
    assert bool(verdict({"gifts": count}, {"gifts": 5})) == is_wrong


def test_feature_name_with_words_but_no_ceiling_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "features.toml"
    path.write_text('[words]\ngifts = ["gifts?"]\npicks = ["picks?"]\n[names]\ngifts = 5\n')
    with pytest.raises(ValueError, match="in one table only: picks"):
        Words.read(path)


def words_of(pattern: str) -> Words:
    """Return a dictionary with one pattern that finds the names of the gifts feature."""
    return Words({"gifts": re.compile(rf"(?:^|_)(?:{pattern})(?:_|$)")}, {"gifts": 0})
