"""Measure the time from payment to message, to invite, and to admission: without load, and at half of the maximum rate.

`python -m benchmarks.told [--idle 20] [--burst 24] [--half 40] [--bundles 15]`

Starts a demo. First, customers buy one after the other, without other load. Then many buy at once: their sales per
second are the maximum of this machine, which also runs the simulators of Telegram and the providers. Then customers
arrive at half of that rate. Between the first two steps, again without other load, some customers buy several chats at
once: see `bundles.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx

from benchmarks import bundles
from benchmarks.load import Crowd
from benchmarks.rows import Row, say, tell
from tests.support.demo import Demo, running_demo

WANTED: Final[Mapping[str, float]] = {"paid → told": 0.2, "paid → invite": 0.5, "asks to join → told inside": 0.2}
"""Permitted median in seconds of each waiting time; the permitted maximum is one second."""


async def measure(demo: Demo, options: argparse.Namespace) -> None:
    """Measure a running demo."""
    address = f"{demo.facts['sandbox']}/control"
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False, limits=limits) as http:
        await Crowd(demo, http).buys(0)
        idle = Crowd(demo, http)
        for number in range(options.idle):
            await idle.buys(number)
        report("idle", idle)
        await bundles.measure(demo, http, options.bundles)
        burst, began = Crowd(demo, http), time.perf_counter()
        await asyncio.gather(*(burst.buys(number) for number in range(options.burst)))
        rate = len(burst.paid) / (time.perf_counter() - began)
        say(f"{options.burst} at once: {rate:.2f} a second")
        half = Crowd(demo, http)
        async with asyncio.TaskGroup() as group:
            for number in range(options.half):
                group.create_task(half.buys(number))
                await asyncio.sleep(2 / rate)
        report(f"at {rate / 2:.2f} a second, half of what it takes", half)


def report(when: str, crowd: Crowd) -> None:
    """Print a row for each kind of waiting time."""
    if crowd.lost:
        raise SystemExit(f"gave up: {crowd.lost}")
    for name, wanted in WANTED.items():
        took = crowd.took[name]
        reported = f"p50 {statistics.median(took):.2f} s, p99 {highest(took):.2f} s"
        row = Row(f"{name}, {when}", f"{wanted} s wanted", reported, [each / wanted for each in took], "≤ 1, p99 ≤ 1 s")
        tell(row)
        say(row.line())


def highest(took: Sequence[float]) -> float:
    """Return the 99th percentile; the maximum if there are fewer than a hundred values."""
    return max(took) if len(took) < 100 else statistics.quantiles(took, n=100)[98]


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--idle", type=int, default=20)
    parser.add_argument("--burst", type=int, default=24)
    parser.add_argument("--half", type=int, default=40)
    parser.add_argument("--bundles", type=int, default=15)
    options = parser.parse_args()
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as scratch, running_demo(Path(scratch)) as demo:
        asyncio.run(measure(demo, options))


if __name__ == "__main__":
    main()
