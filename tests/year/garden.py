"""Copies of the source with planted errors, and the process that simulates spans of time with these copies."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.year.planting import Plant
from tests.year.span import Span

ROOT = Path(__file__).parent.parent.parent
COPIED = ("src", "migrations", "tests")
LEFT_OUT = shutil.ignore_patterns("*.pyc.*", "sandbox")
"""Files that are not copied. Compiled files are copied, because they are valid for each unchanged file, except those
that another process is compiling.
"""


class Garden:
    """Runner of simulated spans on copies of the source: `with Garden(folder) as garden:`. One copy runs after the
    other.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        script = Path(__file__).with_name("greenhouse.py")
        # `-P`: modules of this folder must not shadow those of the library.
        command = [sys.executable, "-P", str(script)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def copy(self, plant: Plant | None = None) -> Path:
        """Copy the source with an error. Raises LookupError if the error can no longer be planted."""
        root = self._folder / (plant.name.replace(" ", "-") if plant else "as-it-is")
        for part in COPIED:
            shutil.copytree(ROOT / part, root / part, ignore=LEFT_OUT)
        for change in plant.changes if plant else ():
            change.apply(root)
        return root

    def play(self, root: Path, url: str, span: Span) -> dict[str, Any]:
        """Simulate a span on a copy of the source with an empty database, and return the outcome."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"root": str(root), "url": url, "span": asdict(span)}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"what was planted in {root.name} could not be played: see its errors above")
        outcome: dict[str, Any] = json.loads(answer)
        return outcome
