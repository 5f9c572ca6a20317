"""Choose the tests that every short run includes, by the code that only they run.

    python -m pytest tests -m "not long" -n 2 --ignore tests/e2e --cov=src --cov-branch --cov-context=test \
        --cov-report= --junitxml=tests.xml         measures, with UMBRAL_DRAW=all
    python -m scripts.short_run .coverage tests.xml    writes tests/always.txt

Unit, contract and architecture tests are always run. From the other folders, tests are chosen one by one: each time the
test that runs the most branches not yet covered per second of its duration, until no test runs at least `LEAST`. The
other tests of a short run are drawn at random (`tests/support/drawn.py`).
"""

from __future__ import annotations

import heapq
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from coverage import CoverageData

from tests.support.drawn import ALWAYS, MEASURED, function_of

LEAST: Final = 2.5
"""Minimum number of new branches per second of a chosen test. Half of this number would cost a third more time and
cover only one more branch in 300.
"""
SHORTEST_S: Final = 0.05
"""Duration in seconds assumed for a test that is shorter."""

Branch = tuple[str, int, int]


def main(measured: list[str], report: str) -> None:
    """Write the list of chosen tests, and print the code that the short run does not cover."""
    branches, seconds = defaultdict[str, set[Branch]](set), _seconds(Path(report))
    for database in measured:
        for test, branch in _run_by_tests(database):
            branches[test].add(branch)
    known = set[Branch]().union(*(found for test, found in branches.items() if not test.startswith(MEASURED)))
    candidates = {test: found - known for test, found in branches.items() if test.startswith(MEASURED)}
    chosen = choose(candidates, seconds)
    whole = known.union(*candidates.values())
    played = known.union(*(candidates[test] for test in chosen))
    ALWAYS.write_text("".join(f"{test}\n" for test in sorted(chosen)), encoding="utf-8")
    cost = sum(seconds.get(test, 0.0) for test in chosen)
    print(f"{len(chosen)} of {len(candidates)} tests, {cost:.0f} s of {sum(map(seconds.get, candidates, [0.0])):.0f} s")
    print(f"{len(played)} of {len(whole)} branches; without any of them {len(known)}")


def choose(candidates: Mapping[str, set[Branch]], seconds: Mapping[str, float]) -> list[str]:
    """Return the tests that run at least `LEAST` new branches per second, in the order in which they were chosen."""

    def rate(test: str, new: Iterable[Branch]) -> float:
        return len(set(new)) / max(seconds.get(test, 0.0), SHORTEST_S)

    heap = [(-rate(test, found), test) for test, found in candidates.items()]
    heapq.heapify(heap)
    covered, chosen = set[Branch](), list[str]()
    while heap:
        _, test = heapq.heappop(heap)
        new = candidates[test] - covered
        worth = rate(test, new)
        if worth < LEAST:
            continue
        if heap and worth < -heap[0][0]:
            heapq.heappush(heap, (-worth, test))
            continue
        covered |= new
        chosen.append(test)
    return chosen


def _run_by_tests(database: str) -> Iterable[tuple[str, Branch]]:
    data = CoverageData(database)
    data.read()
    for context in data.measured_contexts():
        test = function_of(context.partition("|")[0])
        if not test:
            continue
        data.set_query_context(context)
        for path in data.measured_files():
            yield from ((test, (path, *arc)) for arc in data.arcs(path) or ())


def _seconds(report: Path) -> Mapping[str, float]:
    seconds = defaultdict[str, float](float)
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - written by our own run
        name = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
        seconds[function_of(name)] += float(case.get("time", 0))
    return seconds


if __name__ == "__main__":
    main(sys.argv[1:-1], sys.argv[-1])
