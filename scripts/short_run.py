"""Choose the tests that every short run includes, by the code that only they run.

    python -m pytest tests -m "not long and not exhaustive" -n 4 --ignore tests/e2e --cov=src --cov-branch \
        --cov-context=test --cov-report= --junitxml=tests.xml      measures, with UMBRAL_DRAW=all
    python -m scripts.short_run .coverage tests.xml                writes tests/always.txt

Of the tests from which a short run chooses (`tests/support/drawn.py`), the test that runs the most branches not yet
covered per second of its duration is added to the list, again and again, until no test runs at least `LEAST`. The
others are drawn at random.
"""

from __future__ import annotations

import heapq
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from tests.support.drawn import ALWAYS, PROPERTY, function_of

LEAST: Final = 20
"""Minimum number of new branches per second of a chosen test. With 12, the chosen tests would take 40 % longer, and
cover 96 instead of 94 of 100 branches.
"""
SHORTEST_S: Final = 0.05
"""Duration in seconds assumed for a test that is shorter."""

Branch = tuple[int, int, int]


def main(measured: str, report: str) -> None:
    """Write the list of chosen tests, and print the code that the short run does not cover."""
    branches, (seconds, measurable) = defaultdict[str, set[Branch]](set), _read(Path(report))
    for test, branch in _run_by_tests(measured):
        branches[test].add(branch)
    known = set[Branch]().union(*(found for test, found in branches.items() if test not in measurable))
    candidates = {test: found - known for test, found in branches.items() if test in measurable}
    chosen = choose(candidates, seconds)
    whole = known.union(*candidates.values())
    played = known.union(*(candidates[test] for test in chosen))
    ALWAYS.write_text("".join(f"{test}\n" for test in sorted(chosen)), encoding="utf-8")
    cost = sum(seconds.get(test, 0.0) for test in chosen)
    total = sum(seconds[test] for test in measurable)
    print(f"{len(chosen)} of {len(measurable)} tests, {cost:.0f} s of {total:.0f} s")
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


def _run_by_tests(database: str) -> Iterator[tuple[str, Branch]]:
    # Coverage's own interface needs a query for each file and context, which takes an hour.
    with closing(sqlite3.connect(database)) as connection:
        contexts: dict[int, str] = dict(connection.execute("SELECT id, context FROM context"))
        tests = {number: function_of(context.partition("|")[0]) for number, context in contexts.items()}
        for number, *branch in connection.execute("SELECT context_id, file_id, fromno, tono FROM arc"):
            if tests[number]:
                yield tests[number], tuple(branch)


def _read(report: Path) -> tuple[Mapping[str, float], Collection[str]]:
    """Return the seconds of each test, and the tests from which the short run chooses."""
    seconds, measurable = defaultdict[str, float](float), set[str]()
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - written by our own run
        test = function_of(f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}")
        seconds[test] += float(case.get("time", 0))
        if case.find(f"properties/property[@name='{PROPERTY}']") is not None:
            measurable.add(test)
    return seconds, measurable


if __name__ == "__main__":
    main(*sys.argv[1:])
