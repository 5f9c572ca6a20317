"""What a plan opens is asked for its properties: nobody but the kinds asks which kind it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from tests.architecture.conftest import ROOT

SWITCH: Final = re.compile(r"\.is_shared\b|\b(?:AccessKind|ChannelKind)\.[A-Z]|\bresource\.kind (?:==|!=|in|not in) ")
DEFINED: Final = "subscriptions.domain.entities.resource"
NAMES: Final = frozenset({"PERSONAL", "PERSONAL_CHANNEL", "SHARED_CHANNEL", "GROUP", "CONTENT"})
"""The kinds by their names, and the resource which each customer has one of their own of. Not `VIP`: the operator's
documents name that resource, and its ritual is a property of it."""
KNOWS: Final = ("domain/entities/", "application/access/kinds/", "infrastructure/")
"""Where the words are defined, are a strategy, or name rows."""


def switches(source: str) -> list[str]:
    """Where a file asks which kind it is, or takes a kind's name to ask for it."""
    return SWITCH.findall(source) + list(_names(source))


def _names(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == DEFINED:
            yield from (each.name for each in node.names if each.name in NAMES)


def test_nobody_but_the_kinds_asks_which_kind_it_is() -> None:
    found = {}
    for path in sorted((ROOT / "src").rglob("*.py")):
        name = path.relative_to(ROOT / "src").as_posix()
        if not any(known in name for known in KNOWS):
            found[name] = switches(path.read_text())
    assert {name: each for name, each in found.items() if each} == {}


def test_a_switch_is_seen() -> None:
    asked = "if channel.is_shared or plan.access is AccessKind.VIP_CHANNEL or resource.kind == 'group': pass"
    assert switches(asked) == [".is_shared", "AccessKind.V", "resource.kind == "]
    assert switches(f"from {DEFINED} import (\n    GROUP,\n    VIP,\n    Resource,\n)") == ["GROUP"]
