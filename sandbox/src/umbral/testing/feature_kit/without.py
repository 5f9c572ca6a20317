"""Program that opens the pages of an installation from which packages of features were removed.

Arguments: the features' names, separated by commas, the database URL, and the id of a customer. The program prints each
page that cannot be shown.
"""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import Any


def hide(names: set[str]) -> None:
    """Hide features from the import system, as if their packages were removed. Nothing else may be imported before."""
    rooms: Any = import_module("subscriptions.application.dto.rooms")
    folders, entries = rooms._folders, rooms.entry_points
    rooms._folders = lambda path: tuple(each for each in folders(path) if each.removeprefix("features.") not in names)
    rooms.entry_points = lambda **group: [each for each in entries(**group) if each.name not in names]


async def walk(url: str, customer: str) -> int:
    """Open the pages, and return the exit status."""
    database, pages = (import_module(f"umbral.testing.feature_kit.{name}") for name in ("database", "walk"))
    states = import_module("subscriptions.application.features").FeatureState
    async with database.core_on(url, states.ON) as core:
        faults = [each async for each in pages.faults_of_pages(core, customer)]
    sys.stdout.write("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    hide(set(sys.argv[1].split(",")))
    sys.exit(asyncio.run(walk(*sys.argv[2:])))
