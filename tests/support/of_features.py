"""Declarations in the tests of features, collected for shared fakes, lists and walks."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[1] / "features"


def of_features(module: str, constant: str) -> dict[str, Any]:
    """Return the members of a mapping that modules of this name define in the folders of `tests/features`."""
    names = sorted(each.parent.name for each in FOLDER.glob(f"*/{module}.py"))
    found = (getattr(import_module(f"tests.features.{name}.{module}"), constant, {}) for name in names)
    return {key: value for each in found for key, value in each.items()}
