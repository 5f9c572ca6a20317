"""`make shuffle SEED=n`: events of all kinds of providers, doubled and shuffled; the promises held after each burst."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

import structlog

from tests.shuffle.street import shuffled


def main() -> int:
    """Return 1 if a promise broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides what happens, and in which order it is heard of")
    parser.add_argument("--events", type=int, default=10_000, help="how many deliveries (10000)")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    began = time.monotonic()
    outcome = asyncio.run(shuffled(options.seed, options.events))
    if outcome.broken is not None:
        print(f"BROKEN in {outcome.broken}")
    told = f"{outcome.delivered} deliveries to {outcome.streets} shops, {outcome.taken} payments taken"
    print(f"seed {options.seed}: {told}, {time.monotonic() - began:.0f} s")
    return 1 if outcome.broken is not None else 0


if __name__ == "__main__":
    sys.exit(main())
