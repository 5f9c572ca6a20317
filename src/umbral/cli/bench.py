"""`umbral bench`."""

from __future__ import annotations

import asyncio
from argparse import ArgumentTypeError
from collections.abc import Sequence

from umbral.bench.sweep import LIMIT, Measured, measure
from umbral.cli.operating import table
from umbral.cli.options import parser


def run(argv: Sequence[str]) -> int:
    """Measure something; 1 where it is not as it should be."""
    options = parser("bench", "Measure this machine's installation, on a database that is made for it and thrown away.")
    subjects = options.add_subparsers(dest="subject", required=True)
    sweep = subjects.add_parser("sweep", help="one run of the sweep over the VIP channel, among few and among many")
    sweep.add_argument(
        "--sizes", type=_sizes, default=[100_000, 1_000_000], help="how many subscriptions there are: 100000,1000000"
    )
    sweep.add_argument("--due", type=_count, default=10_000, help="how many of them are over: 10000")
    sweep.add_argument("--rounds", type=_count, default=3, help="how often each is measured; the best counts: 3")
    chosen = options.parse_args(argv)
    if min(chosen.sizes) < chosen.due * chosen.rounds:
        options.error("the smallest size must hold all that are to be over: --due times --rounds")
    return _tell(asyncio.run(measure(chosen.sizes, chosen.due, chosen.rounds)))


def _tell(measured: Sequence[Measured]) -> int:
    rows = [
        (item.people, item.due, f"{item.best:.2f}", ", ".join(f"{each:.2f}" for each in item.seconds))
        for item in measured
    ]
    print(table(("SUBSCRIPTIONS", "DUE", "BEST S", "ROUNDS S"), rows))
    if len(measured) < 2:
        return 0
    ratio = measured[-1].best / measured[0].best
    print(f"time ratio {ratio:.2f} (at most {LIMIT})")
    return 0 if ratio <= LIMIT else 1


def _sizes(text: str) -> list[int]:
    return [_count(part) for part in text.split(",")]


def _count(text: str) -> int:
    if not text.strip().isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return int(text)
