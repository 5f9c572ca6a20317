"""Draw the cases of exhaustive tests that the short run plays.

A test with the marker `exhaustive` has many cases of one rule: every command by every invalid id, every page by
every width and theme. The short run plays a tenth of them, drawn by a seed; the others become `long`, so that
`make test-long` plays them. Every draw contains at least one case of each test. The seed is printed at the start;
`UMBRAL_DRAW=seed` repeats a draw, and `UMBRAL_DRAW=all` leaves every case in the short run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from math import ceil
from random import SystemRandom
from typing import Final

import pytest

VARIABLE: Final = "UMBRAL_DRAW"
EVERYTHING: Final = "all"
SHARE: Final = 10
"""The short run plays one case of so many."""
MARKER: Final = "exhaustive"


def pytest_configure(config: pytest.Config) -> None:
    """Fix the seed before test processes are started: all of them have to draw the same cases."""
    os.environ.setdefault(VARIABLE, str(SystemRandom().randrange(10**6)))


def pytest_report_header(config: pytest.Config) -> str:
    """Return the line that tells how to repeat this draw."""
    return f"exhaustive tests: one case of {SHARE}, drawn by {VARIABLE}={os.environ[VARIABLE]}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the cases that are not drawn as `long`."""
    seed = os.environ[VARIABLE]
    if seed == EVERYTHING:
        return
    for item in undrawn([each for each in items if each.get_closest_marker(MARKER) is not None], seed):
        item.add_marker(pytest.mark.long)


def undrawn(items: Sequence[pytest.Item], seed: str) -> Iterator[pytest.Item]:
    """Yield the cases of each test that the seed does not draw."""

    def test_of(item: pytest.Item) -> str:
        return item.nodeid.partition("[")[0]

    for _, cases in groupby(sorted(items, key=test_of), key=test_of):
        ranked = sorted(cases, key=lambda item: sha256(f"{seed} {item.nodeid}".encode()).digest())
        yield from ranked[ceil(len(ranked) / SHARE) :]
