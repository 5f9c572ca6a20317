"""Repeated runs of the tests in random orders, in which tests that depend on the order or on chance fail sooner or
later.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

TESTS = Path(__file__).parent.parent / "tests"
SMALL = [TESTS / name for name in ("unit", "contract", "integration")]
UNITS, WHOLE = "unit and integration", "end to end and all the rest"
FOLDERS = {UNITS: SMALL, WHOLE: [each for each in sorted(TESTS.iterdir()) if each.is_dir() and each not in SMALL]}


def main() -> int:
    """Return 1 if a run failed, otherwise 0. The seed of a failed run reproduces its order."""
    options = _options()
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {' '.join(sys.argv[1:]) or 'all orders'}", flush=True)
    began = time.monotonic()
    failed = [
        f"{group}, seed {seed}"
        for group, orders in ((UNITS, options.orders), (WHOLE, options.whole_orders))
        for seed in range(options.seed, options.seed + orders)
        if not _passes(group, seed, options.jobs)
    ]
    print("All orders passed" if not failed else f"Failed: {'; '.join(failed)}", end="")
    print(f" ({time.monotonic() - began:.0f} s).")
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default 1)")
    parser.add_argument("--orders", type=int, default=20, help=f"how many orders of the {UNITS} tests (default 20)")
    parser.add_argument("--whole-orders", type=int, default=3, help=f"how many of the {WHOLE} tests (default 3)")
    parser.add_argument("--jobs", default="4", help="how many processes share an order (default 4)")
    return parser.parse_args()


def _passes(group: str, seed: int, jobs: str) -> bool:
    command = [sys.executable, "-m", "pytest", *map(str, FOLDERS[group]), "-q", f"--randomly-seed={seed}", "-n", jobs]
    began = time.monotonic()
    ran = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    last = ran.stdout.strip().splitlines()[-1] if ran.stdout.strip() else ran.stderr[-500:]
    print(f"{group}, seed {seed}: {last} ({time.monotonic() - began:.0f} s)", flush=True)
    if ran.returncode != 0:
        # Print the whole output, because the first failure of a run explains the others and may not be reproducible.
        print(ran.stdout, ran.stderr, flush=True)
    return ran.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
