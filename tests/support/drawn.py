"""Random selection of the exhaustive tests that the short run executes.

`make test` runs a tenth of the tests with the marker `exhaustive`, selected by a seed; `make test-long` runs the rest:
- For a test with many cases (every command by every invalid id, every page by every width and theme), cases are
  selected, at least one per test.
- Tests without cases are selected from those of their folder, at least one per folder.
- If the marker is on a module (`pytestmark`), the module is selected like one test, because each demo or browser that
  is not started saves more time than a tenth of each module. Of a marked test in a selected module, a tenth of the
  cases is executed. With `each=True`, the tests of the module are selected one by one. The modules of a feature that
  the change edits are executed.
- For a test that goes through many cases in one run, a parameter from `SHARES` identifies the run, and `share_of`
  selects the tenth.

Of the folders in `MEASURED`, and of the tests of features that need a database, the short run executes the tests in
`tests/always.txt`, which together cover nearly every branch (`scripts/short_run.py`), and a tenth of the others. They
are selected together with the marked tests of the folder, and those of all features together. Test files with changes
that are not committed yet are executed completely.

The seed follows from the commit's tree, and pytest-randomly's seed, which orders the tests, from this seed: every clone
of a commit executes the same tests. The seed is printed at the start. `UMBRAL_DRAW=seed` makes another selection;
`all` assigns all tests to the short run, and `none` assigns all of them to the long run.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cache
from hashlib import sha256
from math import ceil
from pathlib import Path
from typing import Final, TypeVar

import pytest

from tests.support.ordered import ROOT, tree_hash, uncommitted_files

VARIABLE: Final = "UMBRAL_DRAW"
EVERYTHING: Final = "all"
NOTHING: Final = "none"
TENTH: Final = 10
"""Number of exhaustive tests of which the short run executes one."""
MARKER: Final = "exhaustive"
MEASURED: Final = ("tests/conformance/", "tests/integration/", "tests/sandbox/")
OF_FEATURES: Final = "tests/features/"
DATABASE: Final = "postgres_server"
"""Name of the fixture that every test with a database uses."""
PROPERTY: Final = "measured"
"""Name of the property of such tests in the report of a run of all tests, which `scripts/short_run.py` reads."""
ALWAYS: Final = Path(__file__).parents[1] / "always.txt"
SEEDS: Final = 10**6
"""Number of different seeds that follow from a tree."""
MANY_FILES: Final = 30
"""A change that edits more test files than this is probably a renaming, so its files are selected like all others."""
MANY_FEATURES: Final = 3
"""A change that edits more features than this is probably a renaming too, so its features are selected like all others.
"""


Case = TypeVar("Case")
Pools = defaultdict[str, defaultdict[str, list[pytest.Item]]]
"""Tests by unit, which is selected or not as a whole, by pool, of which a tenth is selected."""


class Share(StrEnum):
    """Share of its cases that a test goes through in one run."""

    TENTH = "a-tenth"
    WHOLE = "whole"


SHARES: Final = (
    pytest.param(Share.TENTH, id=Share.TENTH),
    pytest.param(Share.WHOLE, id=Share.WHOLE, marks=pytest.mark.long),
)
"""pytest parameters for a test that goes through many cases in one run: a tenth of the cases in the short run, and all
of them in the long run.
"""


def share_of(cases: Iterable[Case], share: Share) -> list[Case]:
    """Return the selected tenth of the cases in their order, at least one, or all cases for `Share.WHOLE`."""
    every = list(cases)
    if share is Share.WHOLE or _seed() == EVERYTHING:
        return every
    drawn = set(_ranked([str(number) for number in range(len(every))])[: ceil(len(every) / TENTH)])
    return [case for number, case in enumerate(every) if str(number) in drawn]


def function_of(nodeid: str) -> str:
    """Return the node id of the test function, without the part that identifies the test's case."""
    return nodeid.partition("[")[0]


@cache
def _always() -> frozenset[str]:
    return frozenset(ALWAYS.read_text(encoding="utf-8").splitlines())


@cache
def _edited() -> frozenset[str]:
    tests = {path for path in uncommitted_files() if path.startswith("tests/")}
    return frozenset(tests if len(tests) <= MANY_FILES else ())


def edited_features(changed: Iterable[str]) -> frozenset[str]:
    """Return the folders with the tests of the features that a change edits; none if it edits too many."""
    edited = [re.match(r"(?:src|tests)/features/(\w+)/", path) for path in changed]
    found = {OF_FEATURES + match[1] for match in edited if match is not None}
    return frozenset(found if len(found) <= MANY_FEATURES else ())


@cache
def _edited_features() -> frozenset[str]:
    return edited_features(uncommitted_files())


def set_seeds(config: pytest.Config, root: Path = ROOT) -> None:
    """Set the seed of the selection, unless `UMBRAL_DRAW` chooses one, and that of the order, unless `--randomly-seed`
    chooses one. Both are set before test processes are started, which inherit them.

    root: checkout from which the seed follows
    """
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = str(seed_of(root))
    if getattr(config.option, "randomly_seed", None) == "default":
        config.option.randomly_seed = int(_seed()) if _seed().isdecimal() else seed_of(root)


def seed_of(root: Path) -> int:
    """Return the seed that follows from the commit that is checked out. Without git, return the seed that follows from
    the content of the tests.
    """
    return int(tree_hash(root) or _content(root / "tests"), 16) % SEEDS


def _content(folder: Path) -> str:
    content = sha256()
    for path in sorted(folder.rglob("*.py")):
        content.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return content.hexdigest()


def pytest_configure(config: pytest.Config) -> None:
    """Set the seeds that are not chosen."""
    set_seeds(config)


def pytest_report_header(config: pytest.Config) -> str:
    """Return the header line with the seed, which repeats this selection."""
    return f"exhaustive tests: one of {TENTH}, drawn by {VARIABLE}={_seed()}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that are not selected as `long`. A run of all tests marks those of which a short run selects."""
    if _seed() == EVERYTHING:
        for item in filter(_is_measured, items):
            item.user_properties.append((PROPERTY, True))
        return
    for item in undrawn(items):
        item.add_marker(pytest.mark.long)


def undrawn(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield the exhaustive tests that the seed does not select.

    Tests marked `long` are excluded from the selection, because the short run would not execute them.
    """
    short = [item for item in items if item.get_closest_marker("long") is None]
    units, cases = _pools(), _pools()
    for item in short:
        folder, module = _place(item)
        if _is_module_drawn(item):
            if folder not in _edited_features():
                units[_pool(folder)][module].append(item)
        elif (not _is_case(item)) if _is_test_drawn(item) else (_is_measured(item) and not _is_kept(item)):
            units[_pool(folder)][item.nodeid].append(item)
    rejected = set(_rejected(units))
    yield from rejected
    for item in short:
        if _is_case(item) and _is_test_drawn(item) and item not in rejected:
            cases[function_of(item.nodeid)][item.nodeid].append(item)
    yield from _rejected(cases)


def _pools() -> Pools:
    return defaultdict(lambda: defaultdict(list))


def _rejected(pools: Pools) -> Iterator[pytest.Item]:
    """Yield the tests of all units that are not among the selected tenth of their pool."""
    for pool, units in pools.items():
        ranked = _ranked([f"{pool} {unit}" for unit in units])
        drawn = set() if _seed() == NOTHING else set(ranked[: ceil(len(ranked) / TENTH)])
        for unit, tests in units.items():
            if f"{pool} {unit}" not in drawn:
                yield from tests


def _place(item: pytest.Item) -> tuple[str, str]:
    """Return the folder and the module of a test."""
    module = item.nodeid.partition("::")[0]
    return module.rpartition("/")[0], module


def _pool(folder: str) -> str:
    return OF_FEATURES if folder.startswith(OF_FEATURES) else folder


def _is_module_drawn(item: pytest.Item) -> bool:
    """Return True if the test's module is marked, so that the whole module is selected or not."""
    marks = item.iter_markers_with_node(MARKER)
    return any(isinstance(node, pytest.Module) and not mark.kwargs.get("each") for node, mark in marks)


def _is_test_drawn(item: pytest.Item) -> bool:
    """Return True if the test itself is marked, or its module with `each=True`."""
    marks = item.iter_markers_with_node(MARKER)
    return any(not isinstance(node, pytest.Module) or mark.kwargs.get("each") for node, mark in marks)


def _is_case(item: pytest.Item) -> bool:
    return "[" in item.nodeid


def _is_measured(item: pytest.Item) -> bool:
    needs_database = DATABASE in getattr(item, "fixturenames", ())
    return item.nodeid.startswith(MEASURED) or (item.nodeid.startswith(OF_FEATURES) and needs_database)


def _is_kept(item: pytest.Item) -> bool:
    return function_of(item.nodeid) in _always() or _place(item)[1] in _edited()


def _ranked(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: sha256(f"{_seed()} {name}".encode()).digest())


def _seed() -> str:
    return os.environ[VARIABLE]
