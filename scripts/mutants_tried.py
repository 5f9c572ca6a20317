"""Test of one mutant at a time in a copy of the work tree. The work tree itself is never changed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

import pytest

from scripts.mutants_drawn import Mutant

LEAST_SECONDS = 90
"""Minimum timeout in seconds, which allows for the start and the creation of a database."""
PATIENCE = 4
"""Factor by which the tests of a mutant may exceed their usual duration."""
FAREWELL_SECONDS = 30
NOT_FOUND, NONE_RUN = 4, 5
"""pytest's exit codes for a test that does not exist and for a run without any test."""
FIRST_FILES = 3
FORKS: Final = get_context("forkserver")
"""Multiprocessing context that starts test runs. Callers that start many runs preload modules into it."""


class Fate(StrEnum):
    """Outcome of testing a mutant: killed, survived, not covered, or timed out."""

    KILLED = "killed"
    SURVIVED = "survived"
    NOT_COVERED = "not covered"
    TIMED_OUT = "timed out"


@dataclass(frozen=True)
class Tried:
    """Result of testing a mutant. by: first test that failed. told: description of the executed tests."""

    mutant: Mutant
    fate: Fate
    told: str
    by: str = ""


class Bench:
    """A copy of the files that the tests need, in which mutants are tested."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        self.python = root / ".venv" / "bin" / "python"
        self.environ = {**os.environ, "PYTHONPATH": str(folder / "src"), "NO_BROWSER": "1"}
        # Python identifies compiled code by the source's time in seconds, and another mutant may be written within the
        # same second.
        self.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        for name in _files(root):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / name)
        (folder / ".venv").symlink_to(root / ".venv")
        seen = self._run("-c", "import subscriptions; print(subscriptions.__file__)").strip()
        if not seen.startswith(str(folder)):
            raise RuntimeError(f"the tests would run {seen} instead of the copy in {folder}")

    def try_out(self, mutant: Mutant, tests: Sequence[str], seconds: float, least: float = LEAST_SECONDS) -> Tried:
        """Run these tests on a mutant. seconds: usual duration of the tests. least: minimum timeout in seconds."""
        changed = self.folder / "src" / mutant.path
        before = changed.read_text()
        try:
            self._write(changed, mutant.source)
            return self._tried(mutant, tests, least + PATIENCE * seconds)
        finally:
            self._write(changed, before)

    def _tried(self, mutant: Mutant, tests: Sequence[str], limit: float) -> Tried:
        for part in filter(None, _few_first(tests)):
            code, said = self._asked(part, limit)
            if code == NOT_FOUND:
                # The mutant changed the names of tests, because the name of a parametrised test may contain the changed
                # value.
                code, said = self._asked(sorted({test.partition("::")[0] for test in part}), limit)
            if code is None:
                return Tried(mutant, Fate.TIMED_OUT, f"{len(tests)} tests, {limit:.0f} s")
            if code not in {0, NONE_RUN}:
                failed = next((line for line in said.splitlines() if line.startswith(("FAILED ", "ERROR "))), "")
                return Tried(mutant, Fate.KILLED, f"{len(tests)} tests", failed.partition(" - ")[0])
        return Tried(mutant, Fate.SURVIVED, f"{len(tests)} tests")

    def _asked(self, tests: Sequence[str], limit: float) -> tuple[int | None, str]:
        """Run the tests. Return the exit code, or None after a timeout, and the output."""
        chosen, said = self.folder / "chosen-tests", self.folder / "said"
        chosen.write_text("\n".join(tests) + "\n")
        run = FORKS.Process(target=_run_tests, args=(self.folder, self.environ, chosen, said))
        run.start()
        run.join(limit)
        code = run.exitcode
        if code is None:
            _end(run)
        run.close()
        return code, said.read_text(errors="replace")

    def _write(self, path: Path, source: str) -> None:
        path.write_text(source)
        for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
            compiled.unlink()

    def _run(self, *words: str) -> str:
        return subprocess.run(
            [str(self.python), *words], cwd=self.folder, env=self.environ, check=True, capture_output=True, text=True
        ).stdout


def _files(root: Path) -> list[str]:
    """Return all files that are under version control or would be added to it."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(asked, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    return [name for name in names if name and (root / name).is_file()]


def _few_first(tests: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Split off a few tests to run first: most mutants are killed by these tests, and collecting all test files is
    slow.
    """
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))[:FIRST_FILES]
    few = [test for test in tests if test.partition("::")[0] in files]
    return few, [test for test in tests if test not in few]


def _run_tests(folder: Path, environ: Mapping[str, str], chosen: Path, said: Path) -> None:
    """Run the tests in this process with its own process group. It is the entry point of a forked process."""
    os.setsid()
    with said.open("w") as output:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(output.fileno(), stream.fileno())
    os.chdir(folder)
    os.environ.update(environ)
    sys.path.insert(0, str(folder / "src"))
    options = ["-x", "-q", "-n", "0", "-p", "no:randomly", "-p", "no:cacheprovider", "--tb=no", "--no-header"]
    sys.exit(pytest.main([*options, f"@{chosen}"]))


def _end(run: ForkServerProcess) -> None:
    """End a test run, first by SIGINT, so that the tests' database server ends as well, then by SIGKILL."""
    if run.pid is not None:
        os.kill(run.pid, signal.SIGINT)
    run.join(FAREWELL_SECONDS)
    if run.exitcode is None and run.pid is not None:
        os.killpg(run.pid, signal.SIGKILL)
    run.join()
