"""Measure the start of a complete demo, for the first time in a folder and again, and its CPU time.

`python -m benchmarks.start [--rounds 3]`

In each round, a demo is started in a new folder, stopped, and started again, as a new user would do. The seconds are
counted from the command until the ready file exists. The CPU time includes the command and all processes that it
started until then, including ended ones. The start of PostgreSQL alone, with the data of that folder, is also printed.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import psutil

from benchmarks.rows import Row, say, tell
from tests.support.demo import Demo
from umbral.demo.postgres import EmbeddedPostgres

WANTED_S: Final = 3.0
WANTED_WORK_S: Final = 6.0


@dataclass(frozen=True)
class Start:
    """Duration of one start. took: seconds until the demo is ready. worked: CPU seconds."""

    took: float
    worked: float


def started(demo: Demo) -> Start:
    """Start and stop the demo, and return the duration of the start."""
    took = demo.start()
    worked = _worked(int(json.loads(demo.ready_file.read_text())["pids"]["supervisor"]))
    demo.stop()
    return Start(took, worked)


def database_alone(folder: Path) -> float:
    """Return the seconds until the database of a stopped demo answers."""
    postgres, began = EmbeddedPostgres(folder / "data" / "postgres"), time.monotonic()
    try:
        postgres.start()
        return time.monotonic() - began
    finally:
        postgres.stop()


def _worked(pid: int) -> float:
    """Return the CPU seconds of a process and all its descendants, including ended processes."""
    first = psutil.Process(pid)
    return sum(sum(process.cpu_times()[:4]) for process in (first, *first.children(recursive=True)))


def _row(what: str, limit: str, starts: Sequence[Start], ratios: Sequence[float], wanted: str = "–") -> None:
    took, worked = median(start.took for start in starts), median(start.worked for start in starts)
    row = Row(what, limit, f"{took:.1f} s, {worked:.1f} s of a processor", ratios, wanted)
    tell(row)
    say(row.line())


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = range(parser.parse_args().rounds)
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    first, again, alone = list[Start](), list[Start](), list[float]()
    for _ in rounds:
        with tempfile.TemporaryDirectory() as scratch:
            demo = Demo(Path(scratch))
            first.append(started(demo))
            alone.append(database_alone(demo.folder))
            again.append(started(demo))
    limit = f"PostgreSQL alone {median(alone):.2f} s"
    _row("a demo's first start", limit, first, [start.took / one for start, one in zip(first, alone, strict=True)])
    _row("a demo's second start", f"{WANTED_S:.0f} s wanted", again, [start.took / WANTED_S for start in again], "≤ 1")
    work = [start.worked / WANTED_WORK_S for start in again]
    _row("the same, of a processor", f"{WANTED_WORK_S:.0f} s wanted", again, work, "≤ 1")


if __name__ == "__main__":
    main()
