"""Screens of the chat do not import each other in cycles."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts.feature_imports import modules_in
from tests.architecture.conftest import ROOT

SCREENS = "bot.screens"


def imports(source: Path) -> Mapping[str, set[str]]:
    """Return the screens that each screen imports."""
    modules = {name: path for name, path in modules_in(source).items() if name.startswith(f"{SCREENS}.")}
    found: dict[str, set[str]] = {name: set() for name in modules}
    for name, path in modules.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found[name] |= {each.name for each in node.names} & modules.keys()
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                names = {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
                found[name] |= names & modules.keys()
    return found


def cycles(imported: Mapping[str, set[str]]) -> list[str]:
    """Return the modules that are part of an import cycle."""

    def reachable(name: str) -> set[str]:
        seen: set[str] = set()
        waiting = set(imported[name])
        while waiting:
            each = waiting.pop()
            seen.add(each)
            waiting |= imported[each] - seen
        return seen

    return sorted(name for name in imported if name in reachable(name))


def test_screens_import_each_other_in_one_direction() -> None:
    assert cycles(imports(ROOT / "src")) == []


@pytest.mark.parametrize("line", ["from bot.screens import status", "import bot.screens.status"])
def test_planted_cycle_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "bot/screens").mkdir(parents=True)
    (tmp_path / "bot/screens/status.py").write_text("from bot.screens.gifts import x\n")
    (tmp_path / "bot/screens/gifts.py").write_text("from bot.screens import checkout\n")
    (tmp_path / "bot/screens/checkout.py").write_text(f"{line}\n")
    assert cycles(imports(tmp_path)) == [f"bot.screens.{name}" for name in ("checkout", "gifts", "status")]
