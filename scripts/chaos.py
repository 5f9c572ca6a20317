"""`make chaos SEED=n [FLOW=…] [LIMIT=k]`: inject every fault at every step of every flow, and report the results."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.campaign import Campaign
from tests.chaos.flows import FLOWS
from tests.chaos.planning import one_of_each
from tests.chaos.report import HEADS, FlowResult, page, rows, summary
from tests.chaos.results import Results
from tests.chaos.steps import Strike

KEPT = Path(__file__).parent.parent / ".chaos"
"""Folder that stores the results of each flow and seed, and the output of the last run that violated a guarantee."""
PAGE = Path(__file__).parent.parent / "docs" / "reliability.md"


def main() -> int:
    """Return 1 if a step was never reached, a guarantee was violated, or the campaign is incomplete; otherwise 0."""
    options = _options()
    # Set the handlers explicitly, because a shell that starts this in the background makes it ignore the signals.
    for which in (signal.SIGINT, signal.SIGTERM):
        signal.signal(which, signal.default_int_handler)
    try:
        return _run(options)
    except KeyboardInterrupt:
        _say("interrupted before anything was struck")
        return 1


def _run(options: argparse.Namespace) -> int:
    began, results, interrupted = time.monotonic(), list[FlowResult](), False
    for flow in [options.flow] if options.flow else FLOWS:
        results.append(_campaign(flow, options))
        interrupted = not results[-1].complete and options.limit is None
        if interrupted:
            _say(f"interrupted: ARGS=--continue SEED={options.seed} goes on from here")
            break
    for result in results:
        _tell(result)
        if options.limit is None and not options.only and not options.once:
            PAGE.write_text(page([result], options.seed, PAGE.read_text() if PAGE.exists() else ""))
    _say(f"{time.monotonic() - began:.0f} s")
    return 0 if all(result.passed() for result in results) and not interrupted else 1


def _campaign(flow: str, options: argparse.Namespace) -> FlowResult:
    """Run a flow in its own simulated worlds, because data left by one flow would affect another flow."""
    kept = None if options.only else KEPT / f"{flow}-{options.seed}{'-once' if options.once else ''}.jsonl"
    results = Results(kept, go_on=options.go_on)
    with (
        TemporaryDirectory(prefix="chaos-") as folder,
        Campaign(Path(folder), options.seed, options.worlds, _say, KEPT) as campaign,
    ):
        return campaign.run(flow, results, options.limit, lambda strikes: _chosen(strikes, options))


def _chosen(strikes: list[Strike], options: argparse.Namespace) -> list[Strike]:
    found = [strike for strike in strikes if options.only in str(strike)]
    return one_of_each(found, options.seed) if options.once else found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides what is struck together and in what order")
    parser.add_argument("--flow", choices=sorted(FLOWS), help="only this flow")
    parser.add_argument("--limit", type=int, help="only the first so many plays")
    parser.add_argument("--once", action="store_true", help="of each step one fault, by the seed, instead of all")
    parser.add_argument("--only", default="", metavar="TEXT", help="only faults whose line contains this")
    parser.add_argument("--continue", action="store_true", dest="go_on", help="with what an earlier run left to do")
    # A run mostly waits, so this many demos in parallel keep the machine busy.
    worlds = 5 * (os.cpu_count() or 2)
    parser.add_argument("--worlds", type=int, default=worlds, help=f"how many demos run side by side ({worlds})")
    return parser.parse_args()


def _tell(result: FlowResult) -> None:
    _say(f"\n{result.flow}: {summary(result)}")
    lines = [HEADS, *rows(result)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        _say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    if result.complete:
        for step in result.never_hit():
            _say(f"NEVER HIT: {step}")
        for strike in result.missed():
            _say(f"missed: {strike}")
    for words in result.complaints():
        _say(f"BROKEN by {words}")


def _say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    sys.exit(main())
