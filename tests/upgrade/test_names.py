"""Words that stand in rows and payloads for the members of enumerations: both versions mean the same by them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from subscriptions import application, domain
from tests.upgrade.previous_release import COMMIT
from tests.upgrade.record import NAMES

RECORDED: Mapping[str, Any] = json.loads(NAMES.read_text())
OLD: Mapping[str, Mapping[str, str]] = RECORDED["names"]
LETTERS_OF_OTHERS = frozenset({"InvoiceKind"})
"""Whose words are a list of somebody else's, as the tax office's, and are written as they stand there."""


def kinds() -> Mapping[str, type[StrEnum]]:
    for floor in (domain, application):
        for module in walk_packages(floor.__path__, f"{floor.__name__}."):
            import_module(module.name)
    return {kind.__name__: kind for kind in StrEnum.__subclasses__() if kind.__module__.startswith("subscriptions.")}


def test_what_is_recorded_is_the_previous_versions() -> None:
    assert RECORDED["commit"] == COMMIT


def test_a_name_that_both_versions_have_stands_for_the_same_word() -> None:
    new = {name: {each.name: each.value for each in kind} for name, kind in kinds().items()}
    both = {name: old.keys() & new.get(name, {}).keys() for name, old in OLD.items()}
    assert {name: {each: new[name][each] for each in both[name]} for name in both if both[name]} == {
        name: {each: OLD[name][each] for each in both[name]} for name in both if both[name]
    }
    assert len([name for name in both if both[name]]) > 30


def test_no_two_members_are_one_word_and_a_word_is_written_small() -> None:
    for name, kind in kinds().items():
        assert len({str(each) for each in kind}) == len(kind.__members__), kind
        large = [each for each in kind if not str(each).replace(".", "").replace("_", "").islower()]
        assert large == [] or name in LETTERS_OF_OTHERS, kind
