"""`make shuffle SEED=n`: duplicate and reorder payment events, and check the product's guarantees after each burst.

First, 10 000 events are delivered from in-memory payment providers of every kind. Then the same number of events is
delivered to the registered gateways, by signed webhooks from the providers' simulators over HTTP.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

import structlog

from tests.shuffle.fair import traded
from tests.shuffle.street import shuffled

LETTERS = 10_000
"""Number of deliveries through the registered gateways, which take two or three minutes."""


def main() -> int:
    """Run the in-memory part and the part with real gateways. Return 1 if a guarantee of the product was violated,
    otherwise 0.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides what happens, and in which order it is heard of")
    parser.add_argument("--events", type=int, default=10_000, help="how many deliveries in memory (10000)")
    parser.add_argument("--real", type=int, default=LETTERS, help=f"how many more through real gateways ({LETTERS})")
    options = parser.parse_args()
    kept = in_memory(options.seed, options.events)
    return 0 if real(options.seed, options.real) and kept else 1


def in_memory(seed: int, events: int) -> bool:
    """Run the part with in-memory providers. Return True if no guarantee was violated.

    events: number of deliveries.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    began = time.monotonic()
    outcome = asyncio.run(shuffled(seed, events))
    if outcome.broken is not None:
        print(f"BROKEN in {outcome.broken}")
    told = f"{outcome.delivered} deliveries to {outcome.streets} shops, {outcome.taken} payments taken"
    print(f"seed {seed}: {told}, {time.monotonic() - began:.0f} s")
    return outcome.broken is None


def real(seed: int, deliveries: int) -> bool:
    """Run the part with the installed gateways, and check the gateways' logs for secrets. Return True if no guarantee
    was violated.
    """
    structlog.reset_defaults()
    began = time.monotonic()
    outcome = asyncio.run(traded(seed, deliveries))
    if outcome.broken is not None:
        print(f"BROKEN in {outcome.broken}")
    taken = ", ".join(f"{code} {count}" for code, count in outcome.taken)
    told = f"{outcome.delivered} deliveries to {outcome.markets} shops, {outcome.lost} more lost; payments: {taken}"
    print(f"seed {seed}, real gateways: {told}; {outcome.digest}, {time.monotonic() - began:.0f} s")
    return outcome.broken is None


if __name__ == "__main__":
    sys.exit(main())
