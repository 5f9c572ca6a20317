"""Tests that passed in an earlier run on the same commit, and need not run again.

`UMBRAL_PASSED` names a file of node ids, one per line. A run leaves out the tests that the file lists, and finally adds
those that passed to the file. Without the variable, nothing is left out or written.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

VARIABLE: Final = "UMBRAL_PASSED"


class Passed:
    """Plugin that leaves out the tests in a file, and adds the tests that pass."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._passed, self._failed = set[str](), set[str]()

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out the tests in the file."""
        known = self._known()
        left_out = [item for item in items if item.nodeid in known]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item.nodeid not in known]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome of a test, which passes only if its set-up and its teardown pass as well."""
        if report.failed:
            self._failed.add(report.nodeid)
        elif report.passed and report.when == "call":
            self._passed.add(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Add the tests that passed to the file. Only the process that prints the output of the run writes the file. A
        run that has nothing left to do succeeds.
        """
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self._known():
            session.exitstatus = pytest.ExitCode.OK
        new = sorted(self._passed - self._failed)
        if new and not hasattr(session.config, "workerinput"):
            with self._file.open("a", encoding="utf-8") as file:
                file.writelines(f"{name}\n" for name in new)

    def _known(self) -> frozenset[str]:
        return frozenset(self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else ())


def plugins() -> Sequence[Passed]:
    """Return the plugin if the variable is set."""
    file = os.environ.get(VARIABLE)
    return [Passed(Path(file))] if file else []
