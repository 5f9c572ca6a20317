"""Runs the tests in many random orders: what depends on the order or on luck fails sooner or later."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from datetime import UTC, datetime

GROUPS = {"unit and integration": ("not e2e and not browser", 20), "end to end": ("e2e or browser", 3)}


def main() -> int:
    """Return 1 if any order failed; its seed repeats it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default 1)")
    first_seed = parser.parse_args().seed
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    failed = []
    for group, (marks, orders) in GROUPS.items():
        for seed in range(first_seed, first_seed + orders):
            if not _passes(group, marks, seed):
                failed.append(f"{group}, seed {seed}")
    print("All orders passed." if not failed else f"Failed: {'; '.join(failed)}")
    return 1 if failed else 0


def _passes(group: str, marks: str, seed: int) -> bool:
    command = [sys.executable, "-m", "pytest", "tests", "-q", "-m", marks, f"--randomly-seed={seed}"]
    began = time.monotonic()
    ran = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    last = ran.stdout.strip().splitlines()[-1] if ran.stdout.strip() else ran.stderr[-500:]
    print(f"{group}, seed {seed}: {last} ({time.monotonic() - began:.0f} s)", flush=True)
    if ran.returncode != 0:
        print(ran.stdout[-6000:], flush=True)
    return ran.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
