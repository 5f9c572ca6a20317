"""Measure the simulation of a year of forty customers, in which the product's guarantees are checked each virtual hour.

`python -m benchmarks.year [--seeds 1 2 3] [--days 365]`

Runs the same simulation as `make year` on a separate PostgreSQL server, and compares its duration with the permitted
time. Returns 1 if a guarantee was violated.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.rows import Row, say, tell
from scripts.year import played
from tests.support.postgres import running_server
from tests.year.span import Span
from tests.year.world import Outcome

WANTED_S: Final = 60.0
"""Permitted seconds for a whole year; for fewer days, the corresponding share."""


def lived(seed: int, days: int) -> tuple[Outcome, float, float]:
    """Simulate a year with this seed. Return the outcome, the duration in seconds, and the CPU seconds of this process,
    which do not include PostgreSQL's.
    """
    with tempfile.TemporaryDirectory(prefix="year-") as folder, running_server(Path(folder)) as server:
        url = server.create()
        began, before = time.monotonic(), time.process_time()
        outcome = played(url, Span(seed, days))
        return outcome, time.monotonic() - began, time.process_time() - before


def main() -> int:
    """Simulate a year for each seed and print a line per year."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--days", type=int, default=365)
    options = parser.parse_args()
    wanted = WANTED_S * options.days / 365
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    shares, took, broken = list[float](), list[str](), False
    for seed in options.seeds:
        outcome, wall, worked = lived(seed, options.days)
        reported = "all promises held" if outcome.broken is None else f"BROKEN: {outcome.broken.promise}"
        say(
            f"seed {seed}: {outcome.hour} virtual hours in {wall:.0f} s, {worked:.0f} s of them this process at work; "
            f"{reported}; digest {outcome.digest}"
        )
        broken = broken or outcome.broken is not None
        shares.append(wall / wanted)
        took.append(f"{wall:.0f}")
    work = f"{options.days} virtual days of 40 customers"
    tell(Row(work, f"{wanted:.0f} s are wanted", f"{', '.join(took)} s", shares, "≤ 1"))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
