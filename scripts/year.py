"""`make year SEED=n`: simulate a year of customers with the real application, and check the product's guarantees at
each virtual hour.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from subscriptions.bootstrap import migrate
from tests.support.postgres import judge_time, running_server
from tests.year.span import Span
from tests.year.world import Outcome, play


def main() -> int:
    """Return 1 if a guarantee of the product was violated, otherwise 0."""
    options = _options()
    span = Span(
        options.seed,
        options.days,
        options.customers,
        options.brisk,
        options.journal,
        options.shuffled,
        options.silent,
        options.lost,
        options.partners,
        options.tips,
        options.features,
    )
    began = time.monotonic()
    if options.database:
        outcome = played(options.database, span)
    else:
        with TemporaryDirectory(prefix="year-") as folder, running_server(Path(folder)) as server:
            outcome = played(server.create(), span)
    _tell(outcome, span, time.monotonic() - began)
    return 1 if outcome.broken else 0


def played(url: str, span: Span) -> Outcome:
    """Simulate the span on an empty database and return the outcome."""
    migrate.upgrade(url)
    judge_time(url, judges=False)
    return asyncio.run(play(url, span))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides who comes, what they do, and what goes wrong")
    parser.add_argument("--days", type=int, default=365, help="how long it is (365)")
    parser.add_argument("--customers", type=int, default=40, help="how many people come (40)")
    parser.add_argument("--brisk", action="store_true", help="short periods and much trouble, for a short time")
    parser.add_argument("--shuffled", action="store_true", help="with --brisk: renewals come in any order")
    parser.add_argument("--silent", type=int, default=0, help="for how many days in the middle no webhook arrives")
    parser.add_argument("--lost", type=int, default=0, help="how often the database is lost and brought back")
    parser.add_argument("--partners", action="store_true", help="some bring others, and their ledgers are recounted")
    parser.add_argument(
        "--tips", type=int, default=0, help="so many are published, their record recounted and verified"
    )
    parser.add_argument(
        "--set",
        dest="features",
        type=_features,
        default="FEATURES=all",
        metavar="FEATURES=…",
        help="the features that are on (all)",
    )
    parser.add_argument("--journal", type=Path, help="a file for all that happens, line by line")
    parser.add_argument("--database", help="an empty database to use instead of a server of its own")
    return parser.parse_args()


def _features(text: str) -> str:
    name, equals, value = text.partition("=")
    if name != "FEATURES" or not equals:
        raise argparse.ArgumentTypeError("write FEATURES=, and all, none, or names")
    return value


def _tell(outcome: Outcome, span: Span, seconds: float) -> None:
    for what, count in sorted(outcome.counts.items()):
        _say(f"{count:7} {what}")
    if outcome.broken is not None:
        _say(f"\nBROKEN at virtual hour {outcome.hour} of seed {span.seed}: {outcome.broken.promise}")
        for row in outcome.broken.rows:
            _say(f"  {row}")
        _say(f"\nThe last that happened to {outcome.broken.person}:")
        for line in outcome.last:
            _say(f"  {line}")
    _say(f"\nseed {span.seed}, {outcome.hour} virtual hours, {span.customers} customers, {seconds:.0f} s")
    _say(f"digest {outcome.digest}")


def _say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    sys.exit(main())
