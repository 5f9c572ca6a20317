"""Check that the stored values of enumerations, in rows and in job payloads, have the same meaning in this version and
in the previous release.
"""

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
"""Enumerations whose values come from an external list, such as the tax office's, and keep that list's spelling."""


def kinds() -> Mapping[str, type[StrEnum]]:
    for floor in (domain, application):
        for module in walk_packages(floor.__path__, f"{floor.__name__}."):
            import_module(module.name)
    return {kind.__name__: kind for kind in StrEnum.__subclasses__() if kind.__module__.startswith("subscriptions.")}


def test_recorded_enumeration_values_belong_to_the_previous_release() -> None:
    assert RECORDED["commit"] == COMMIT


def test_enum_member_in_both_versions_has_the_same_value() -> None:
    new = {name: {each.name: each.value for each in kind} for name, kind in kinds().items()}
    both = {name: old.keys() & new.get(name, {}).keys() for name, old in OLD.items()}
    assert {name: {each: new[name][each] for each in both[name]} for name in both if both[name]} == {
        name: {each: OLD[name][each] for each in both[name]} for name in both if both[name]
    }
    assert len([name for name in both if both[name]]) > 30


def test_enum_values_are_unique_and_lower_case() -> None:
    for name, kind in kinds().items():
        assert len({str(each) for each in kind}) == len(kind.__members__), kind
        large = [each for each in kind if not str(each).replace(".", "").replace("_", "").islower()]
        assert large == [] or name in LETTERS_OF_OTHERS, kind
