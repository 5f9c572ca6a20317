"""Tests that run a given line, and the tests' durations. They are measured once per state of the sources and stored in
`.mutants/`.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

from coverage import CoverageData

KINDS = ("tests/unit", "tests/contract", "tests/integration", "tests/features", "tests/lives", "tests/histories")
KEPT = Path(".mutants")
DATA, TIMES, STATE, RULES = KEPT / "coverage", KEPT / "tests.xml", KEPT / "state", KEPT / "coveragerc"
SETTINGS = """[run]
relative_files = true
source =
    src/subscriptions
    src/features
concurrency = greenlet,thread
"""
IMPORTED = ""
"""Coverage context of code that runs before any test."""
DECLARED = (
    "tests/unit/bot/test_texts.py",
    "tests/unit/application/alarms/test_alarm_kind.py",
    "tests/unit/application/alarms/test_alarm_names.py",
    "tests/unit/bot/test_alarm_handbook.py",
    "tests/unit/bot/test_reconciled.py",
    "tests/unit/web/test_list_words.py",
    "tests/features/miniapp/test_mini_app_screens.py",
    "tests/upgrade/test_payloads.py",
    "tests/upgrade/test_names.py",
    "tests/features/webhooks/test_examples.py",
)
"""Tests of module-level declarations. They run no line of the declarations, but detect changed texts."""


class NoMeasure(Exception):
    """Raised if the tests fail on the unchanged sources, or if there is no measurement."""


def state_of(root: Path) -> str:
    """Return a hash of all files that determine which test runs which line."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in ("src", "tests", "migrations") for path in (root / folder).rglob("*.py")):
        digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def is_measured(root: Path) -> bool:
    """Return True if the stored measurement matches the current sources."""
    return (root / STATE).exists() and (root / STATE).read_text() == state_of(root)


def measure(root: Path, copy: Path, python: Path, environ: Mapping[str, str], jobs: str) -> None:
    """Run all tests once in a copy and store the measurement. Raise NoMeasure if a test fails."""
    (root / KEPT).mkdir(exist_ok=True)
    (root / RULES).write_text(SETTINGS)
    (root / STATE).unlink(missing_ok=True)
    asked = ["--cov", f"--cov-config={root / RULES}", "--cov-context=test", "--cov-report="]
    kinds = [kind for kind in KINDS if (copy / kind).exists()]
    command = [str(python), "-m", "pytest", *kinds, "-m", "not long", "-n", jobs, "-q", f"--junitxml={root / TIMES}"]
    ran = subprocess.run(
        [*command, *asked],
        cwd=copy,
        env={**environ, "COVERAGE_FILE": str(root / DATA), "UMBRAL_DRAW": "all"},
        check=False,
    )
    if ran.returncode != 0:
        raise NoMeasure("the tests fail on the sources as they are: what they kill says nothing")
    # The measurement belongs to the copy, even if the work tree has changed meanwhile.
    (root / STATE).write_text(state_of(copy))


class Covering:
    """Stored measurement of the tests."""

    def __init__(self, root: Path) -> None:
        """Load the stored measurement. Raise NoMeasure if there is none."""
        if not (root / DATA).exists() or not (root / TIMES).exists():
            raise NoMeasure("nothing is measured yet")
        self._data = CoverageData(str(root / DATA))
        self._data.read()
        self._times = _times(root / TIMES)
        self._declared = [test for test in DECLARED if (root / test).exists()]

    def tests(self, path: str, first: int, last: int) -> list[str]:
        """Return the tests that run one of these lines, fastest first.

        For lines that run at import, return the tests that run other code of the file, or all tests if the file
        contains no other code. In the latter case, one test of each test file comes first, because the relevant test is
        unknown.
        """
        lines = self._data.contexts_by_lineno(path)
        found = {context for line in range(first, last + 1) for context in lines.get(line, ())}
        if found == {IMPORTED}:
            found = {context for contexts in lines.values() for context in contexts} - {IMPORTED}
            if not found:
                return [*self._declared, *self._one_of_each_file()]
            return [*self._declared, *self._quickest_first(found)]
        return self._quickest_first(found)

    def _quickest_first(self, contexts: Iterable[str]) -> list[str]:
        names = {context.rpartition("|")[0] for context in contexts} - {""}
        return sorted(names, key=lambda name: (self.seconds(name), name))

    def _one_of_each_file(self) -> list[str]:
        turns = Counter[str]()

        def turn(name: str) -> int:
            file, *_ = name.partition("::")
            turns[file] += 1
            return turns[file]

        return sorted(self._quickest_first(self._data.measured_contexts()), key=turn)

    def seconds(self, test: str) -> float:
        """Return the duration of a test, including its fixtures."""
        return self._times.get(test, 1.0)


def _times(report: Path) -> dict[str, float]:
    times: dict[str, float] = defaultdict(float)
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - written by our own run
        file = case.get("classname", "").replace(".", "/")
        times[f"{file}.py::{case.get('name')}"] += float(case.get("time", 0))
    return times
