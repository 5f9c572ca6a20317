"""Features whose folders were removed from a checkout, as `make without` does, and remaining references to them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Set
from pathlib import Path
from typing import Final

import pytest

from subscriptions.bootstrap.settings_read import by_process

_ROOT: Final = Path(__file__).parents[2]
_MAP: Final = tomllib.loads((_ROOT / "scripts/features.toml").read_text(encoding="utf-8"))["features"]
REMOVED: Final = frozenset(
    name
    for name, modules in _MAP.items()
    if f"features.{name}" in modules and not (_ROOT / "src/features" / name).is_dir()
)
"""Features of the product whose folders do not exist."""
_FOLDERS: Final = re.compile(r"(?:^|[/.])features[/.](\w+)(?=[/.]|$)")
of_all_features: Final = pytest.mark.skipif(
    bool(REMOVED), reason=f"compares documents of the whole product; removed are: {', '.join(sorted(REMOVED))}"
)
"""Marker of tests that compare the documents of the whole product with the code. They are skipped if the folder of a
feature does not exist.
"""


def is_removed(path: str) -> bool:
    """Return True if a path or the name of a module is in a folder of a feature that does not exist."""
    return any(name in REMOVED for name in _FOLDERS.findall(path))


def settings_of_removed(names: Set[str]) -> Set[str]:
    """Return the settings among these names that no process declares, because the features that declare them were
    removed; none if every folder exists.
    """
    return names - {name for known in by_process().values() for name in known} if REMOVED else frozenset()
