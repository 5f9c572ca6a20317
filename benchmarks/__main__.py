"""Run all benchmarks one after the other and write their results: `make bench`, `make bench-quick`.

`python -m benchmarks [--quick] [--only webhooks] [--out docs/performance.md]`

Each benchmark is a separate command that measures its baseline in the same run. --only: run one benchmark; the document
keeps the results of all others, each with its date, from `benchmarks/measured.json`. A benchmark that takes longer than
all others together runs only with --only. --quick: check only that every benchmark runs, with sizes too small for
meaningful figures; nothing is written, and no figure is compared with its target.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.rows import KEEP_IN, NO_TARGET, Row, reported, say

HERE: Final = Path(__file__).resolve().parents[1]
OUT: Final = HERE / "docs" / "performance.md"
KEPT: Final = HERE / "benchmarks" / "measured.json"
"""File with the last results of each benchmark, from which the document is written."""
RESULTS: Final = HERE / "benchmarks" / "results"
"""Folder with the output of each benchmark."""

INTRODUCTION: Final = """\
# Performance

`make bench` writes this page; do not edit it. It lists what has a target. Each row compares two things that were
measured in the same run on the same machine, in alternating rounds; the ratio is the median. `benchmarks/results` has
the whole output of each part with its baseline, its spread, and what limits it; [scaling](scaling.md) says what the
figures mean for a shop.

`make bench ARGS='--only sweep'` repeats one part, `make bench-compare BASE=commit` compares two commits.

| measured | compared with | ours | ratio | wanted | date |
|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Part:
    """One benchmark, as defined in `parts.toml`."""

    name: str
    measures: str
    limit: str
    """Reason why the figure misses its target; empty if none is given."""
    words: Sequence[str]
    quick: Sequence[str] | None
    asked: bool
    """True if the benchmark runs only when it is named, because it takes long."""

    @property
    def command(self) -> str:
        """Return the command line of the benchmark."""
        return f"python -m {' '.join(self.words)}"

    @property
    def explanation(self) -> str:
        """Return the subject of the measurement, and its limiting factor."""
        return f"{self.measures} Limit: {self.limit}" if self.limit else self.measures


@dataclass(frozen=True)
class Measured:
    """Output of a benchmark. machine: the number of processors, the load, and the time."""

    said: str
    rows: Sequence[Row]
    machine: str

    @property
    def day(self) -> str:
        """Return the day of the measurement, such as `26 November 2026`."""
        return " ".join(self.machine.split(", ")[-1].split()[:3])


def parts(file: Path) -> Sequence[Part]:
    """Return all benchmarks, in the file's order."""
    listed = tomllib.loads(file.read_text())
    return [
        Part(
            name,
            " ".join(each["measures"].split()),
            " ".join(each.get("limit", "").split()),
            each["words"],
            each.get("quick"),
            each.get("asked", False),
        )
        for name, each in listed.items()
    ]


PARTS: Final = parts(HERE / "benchmarks" / "parts.toml")


def run(words: Sequence[str], rows: Path) -> str:
    """Run a benchmark, show its output while it runs, and return the output. Raise CalledProcessError if the benchmark
    fails.
    """
    environ = {**os.environ, KEEP_IN: str(rows)}
    said = list[str]()
    with subprocess.Popen(
        [sys.executable, "-m", *words], cwd=HERE, env=environ, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout or ():
            said.append(line)
            say(line.rstrip("\n"))
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(words), "".join(said))
    return "".join(said)


def kept(path: Path) -> dict[str, Measured]:
    """Return earlier results, keyed by the benchmark's name."""
    found = json.loads(path.read_text()) if path.exists() else {}
    return {name: Measured(**each | {"rows": [Row(**row) for row in each["rows"]]}) for name, each in found.items()}


def written(measured: Mapping[str, Measured]) -> str:
    """Return the document: a table of all rows that have a target."""
    done = [measured[part.name] for part in PARTS if part.name in measured]
    rows = [
        f"| {' | '.join(row.cells())} | {found.day} |"
        for found in done
        for row in found.rows
        if row.wanted != NO_TARGET
    ]
    return "\n".join([INTRODUCTION, *rows]) + "\n"


def output(part: Part, found: Measured) -> str:
    """Return the content of the benchmark's file in `benchmarks/results`."""
    explanation = textwrap.fill(part.explanation, 120)
    return f"{explanation}\n\n$ {part.command}\n{found.machine}\n\n{found.said.rstrip()}\n"


def measure(chosen: Mapping[str, Sequence[str]], keep: Callable[[Mapping[str, Measured]], None]) -> Sequence[str]:
    """Run the benchmarks in turn. Return the names of the failed benchmarks, which do not stop the others.

    chosen: arguments of `python -m`, keyed by the benchmark's name
    keep: function that receives all results so far after each benchmark, so that an interrupted run keeps them
    """
    measured, failed = dict[str, Measured](), list[str]()
    for name, words in chosen.items():
        began, now = time.monotonic(), datetime.now(UTC)
        busy = f"load {os.getloadavg()[0]:.1f} when it began"
        machine = f"{os.cpu_count()} processors, {busy}, {now:%d %B %Y %H:%M} UTC"
        say(f"== {name}: python -m {' '.join(words)}")
        with tempfile.TemporaryDirectory() as scratch:
            rows = Path(scratch) / "rows"
            try:
                measured[name] = Measured(run(words, rows), reported(rows), machine)
            except subprocess.CalledProcessError as fault:
                failed.append(name)
                say(f"   {name} failed: exit status {fault.returncode}")
        say(f"   ({time.monotonic() - began:.0f} s)")
        keep(measured)
    return failed


def main() -> int:
    """Run the chosen benchmarks and write the results. Return 1 if a benchmark failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="+", choices=[part.name for part in PARTS], default=None)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    before = kept(KEPT)

    def keep(measured: Mapping[str, Measured]) -> None:
        if not options.quick:
            known = {**before, **measured}
            listed = {name: asdict(found) for name, found in known.items()}
            KEPT.write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n")
            RESULTS.mkdir(exist_ok=True)
            for part in PARTS:
                if part.name in known:
                    (RESULTS / f"{part.name}.txt").write_text(output(part, known[part.name]))
            options.out.write_text(written(known))

    wanted = [part for part in PARTS if (part.name in options.only if options.only else not part.asked)]
    chosen = {part.name: part.quick if options.quick else part.words for part in wanted}
    if failed := measure({name: words for name, words in chosen.items() if words is not None}, keep):
        say(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
