"""Draw the share of the exhaustive tests that the short run plays.

`make test` plays a tenth of the tests with the marker `exhaustive`, drawn by a seed; `make test-long` plays the rest:

- On a test with many cases (every command by every invalid id, every page by every width and theme), cases are drawn,
  at least one of each test. Tests without cases are drawn among those of their module.
- On a module (`pytestmark`), whole modules are drawn, at least one of each folder: one demo or browser that is not
  started saves more than a tenth of each. With `each=True`, the tests of the module are drawn one by one.
- In a test that goes through many cases in one run, a parameter drawn from `SHARES` names the run, and `share_of`
  takes the tenth.

Of the folders `MEASURED`, the short run plays the tests of `tests/always.txt`, which together cover nearly every branch
(`scripts/short_run.py`), and a tenth of the others, drawn in each folder. Test files that the change itself edits are
played whole.

The seed is printed at the start. `UMBRAL_DRAW=seed` repeats a draw; `all` leaves all tests to the short run, and `none`
to the long one.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cache
from hashlib import sha256
from math import ceil
from pathlib import Path
from random import SystemRandom
from typing import Final, TypeVar

import pytest

from tests.support.ordered import changed_files

VARIABLE: Final = "UMBRAL_DRAW"
EVERYTHING: Final = "all"
NOTHING: Final = "none"
TENTH: Final = 10
"""The short run plays one of this many."""
MARKER: Final = "exhaustive"
MEASURED: Final = ("tests/conformance/", "tests/integration/")
ALWAYS: Final = Path(__file__).parents[1] / "always.txt"
MANY_FILES: Final = 30
"""A change that edits more test files than this renames something, so its files are drawn like all others."""


Case = TypeVar("Case")


class Share(StrEnum):
    """Part of its cases that a test goes through in one run."""

    TENTH = "a-tenth"
    WHOLE = "whole"


SHARES: Final = (
    pytest.param(Share.TENTH, id=Share.TENTH),
    pytest.param(Share.WHOLE, id=Share.WHOLE, marks=pytest.mark.long),
)
"""Parameters of a test that goes through many cases in one run."""


def share_of(cases: Iterable[Case], share: Share) -> list[Case]:
    """Return the drawn tenth of these cases in their order, at least one, or all of them."""
    every = list(cases)
    if share is Share.WHOLE or _seed() == EVERYTHING:
        return every
    drawn = set(_ranked([str(number) for number in range(len(every))])[: ceil(len(every) / TENTH)])
    return [case for number, case in enumerate(every) if str(number) in drawn]


def function_of(nodeid: str) -> str:
    """Return the node id without the case."""
    return nodeid.partition("[")[0]


@cache
def _always() -> frozenset[str]:
    return frozenset(ALWAYS.read_text(encoding="utf-8").splitlines())


@cache
def _edited() -> frozenset[str]:
    tests = {path for path in changed_files() if path.startswith("tests/")}
    return frozenset(tests if len(tests) <= MANY_FILES else ())


def pytest_configure(config: pytest.Config) -> None:
    """Fix the seed before test processes are started: all of them have to draw the same."""
    os.environ.setdefault(VARIABLE, str(SystemRandom().randrange(10**6)))


def pytest_report_header(config: pytest.Config) -> str:
    """Return the header line that says how to repeat this draw."""
    return f"exhaustive tests: one of {TENTH}, drawn by {VARIABLE}={_seed()}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the undrawn tests as `long`."""
    if _seed() == EVERYTHING:
        return
    for item in undrawn(items):
        item.add_marker(pytest.mark.long)


def undrawn(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield the exhaustive tests that the seed does not draw.

    Tests that are marked `long` are left out of the draw, because the short run would not play them.
    """
    cases: dict[str, dict[str, list[pytest.Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        if item.get_closest_marker("long") is not None:
            continue
        marks = list(item.iter_markers_with_node(MARKER))
        if any(isinstance(node, pytest.Module) and not mark.kwargs.get("each") for node, mark in marks):
            folder, _, module = item.nodeid.partition("::")[0].rpartition("/")
            cases[folder][module].append(item)
        elif marks:
            test, has_cases, _ = item.nodeid.partition("[")
            cases[test if has_cases else test.partition("::")[0]][item.nodeid].append(item)
        elif item.nodeid.startswith(MEASURED) and not _is_kept(item.nodeid):
            cases[item.nodeid.partition("::")[0].rpartition("/")[0]][item.nodeid].append(item)
    for among, units in cases.items():
        ranked = _ranked([f"{among} {unit}" for unit in units])
        drawn = set() if _seed() == NOTHING else set(ranked[: ceil(len(ranked) / TENTH)])
        for unit, its in units.items():
            if f"{among} {unit}" not in drawn:
                yield from its


def _is_kept(nodeid: str) -> bool:
    return function_of(nodeid) in _always() or nodeid.partition("::")[0] in _edited()


def _ranked(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: sha256(f"{_seed()} {name}".encode()).digest())


def _seed() -> str:
    return os.environ[VARIABLE]
