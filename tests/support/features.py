"""Features for tests: declarations, and packages that are found by an entry point."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from subscriptions.application.features import Feature
from subscriptions.bootstrap.feature_states import everything_on
from subscriptions.bootstrap.features import installed
from subscriptions.domain.entities.spoken import phrase

ABOUT = phrase("Something for tests.", "Algo para pruebas.")


def declared(name: str, **changes: Any) -> Feature:
    """Return a feature declaration with changes."""
    return Feature(**{"name": name, "title": ABOUT, "about": ABOUT, "default_for": frozenset({"*"}), **changes})


def all_but(*names: str) -> dict[str, str]:
    """Return the setting FEATURES with all installed features except these."""
    return {"FEATURES": ",".join(sorted(installed().features.keys() - {*names})) or "none"}


def write_feature(
    site: Path,
    name: str,
    declaration: str = "",
    modules: Mapping[str, str] | None = None,
    default_for: str = "ALL_VERTICALS",
) -> str:
    """Write a distribution with one feature to a folder of packages, as pip would, and return the name of its package.

    declaration: further arguments of `Feature` as source code. modules: source code by module name.
    default_for: source code.
    """
    package = f"umbral_{name}"
    folder = site / package
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "feature.py").write_text(
        "from subscriptions.application.features import ALL_VERTICALS, Feature, LiveRows\n"
        "from subscriptions.domain.entities.spoken import phrase\n"
        f"FEATURE = Feature(name={name!r}, title=phrase('T', 'T'), about=phrase('For tests.', 'Para pruebas.'),"
        f" default_for={default_for}, {declaration})\n"
    )
    for module, source in (modules or {}).items():
        (folder / f"{module}.py").parent.mkdir(exist_ok=True)
        (folder / f"{module}.py").write_text(source)
    info = site / f"{package}-1.2.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package.replace('_', '-')}\nVersion: 1.2.3\n")
    (info / "entry_points.txt").write_text(f"[umbral.features]\n{name} = {package}\n")
    (info / "RECORD").write_text(f"{package}/__init__.py,,\n{package}/feature.py,,\n")
    return package


all_on = everything_on
