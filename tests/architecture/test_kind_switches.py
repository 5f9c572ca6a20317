"""Check that only the modules of resource kinds compare the kind of a resource; other code reads properties."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from tests.architecture.conftest import ROOT

SWITCH: Final = re.compile(r"\.is_shared\b|\b(?:AccessKind|ChannelKind)\.[A-Z]|\bresource\.kind (?:==|!=|in|not in) ")
DEFINED: Final = "subscriptions.domain.entities.resource"
NAMES: Final = frozenset({"PERSONAL", "PERSONAL_CHANNEL", "SHARED_CHANNEL", "GROUP", "CONTENT"})
"""Names of the resource kinds and of the personal resource. `VIP` is left out: the operator's documents use that name,
and the entry steps of that channel are a property of the resource.
"""
KNOWS: Final = ("domain/entities/", "application/access/kinds/", "infrastructure/")
"""Folders that define the kinds, contain their strategies, or refer to rows by these names."""


def switches(source: str) -> list[str]:
    """Return the lines of a source file that compare the kind of a resource or import the name of a kind."""
    return SWITCH.findall(source) + list(_names(source))


def _names(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == DEFINED:
            yield from (each.name for each in node.names if each.name in NAMES)


def test_only_modules_of_resource_kinds_compare_the_kind_of_a_resource() -> None:
    found = {}
    for path in sorted((ROOT / "src").rglob("*.py")):
        name = path.relative_to(ROOT / "src").as_posix()
        if not any(known in name for known in KNOWS):
            found[name] = switches(path.read_text())
    assert {name: each for name, each in found.items() if each} == {}


def test_check_of_a_resource_kind_is_found() -> None:
    asked = "if channel.is_shared or plan.access is AccessKind.VIP_CHANNEL or resource.kind == 'group': pass"
    assert switches(asked) == [".is_shared", "AccessKind.V", "resource.kind == "]
    assert switches(f"from {DEFINED} import (\n    GROUP,\n    VIP,\n    Resource,\n)") == ["GROUP"]
