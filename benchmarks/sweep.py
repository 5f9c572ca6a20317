"""Measure a bulk expiry of 10,000 accesses, among few or many customers, of one chat or of twelve chats.

`python -m benchmarks.sweep [--sizes 100000 1000000] [--due 10000] [--rounds 3] [--resources 12]`

Same as `umbral bench sweep`; `--sizes 1000000 10000000` takes about half an hour more, mostly to create the customers.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from typing import Final

import structlog

from benchmarks.rows import Row, tell
from umbral.bench.sweep import measure

WANTED: Final = "≤ 1.1"


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--due", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--resources", type=int, default=12)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    sizes = asyncio.run(measure(options.sizes, options.due, options.rounds, resources=options.resources))
    few, *more = sizes[: len(options.sizes)]
    compared = [(f"among {many.people:,}", many, f"among {few.people:,}", few) for many in more]
    for spread in sizes[len(options.sizes) :]:
        one = next(each for each in sizes if each.people == spread.people)
        where = f"among {spread.people:,} accesses over {options.resources} chats"
        compared.append((where, spread, "over one chat", one))
    for what, many, limit, less in compared:
        row = Row(
            f"sweep of {options.due:,} due {what}",
            f"{less.fastest:.2f} s {limit}",
            f"{many.fastest:.2f} s",
            [each / other for each, other in zip(many.seconds, less.seconds, strict=True)],
            WANTED,
        )
        tell(row)
        sys.stdout.write(row.line() + "\n")


if __name__ == "__main__":
    main()
