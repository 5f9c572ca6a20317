"""`make histories`: check the laws of the timeline in every history of a subscription, up to a number of events, and in
every history of two customers whom a gift, a referral or a transfer joins, up to one event less. Print the shortest
history that breaks each law. Exit status 1: a law is broken.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.histories.explore import ONE, PAIR, Subject, explore


def main() -> int:
    """Search all histories and print the result."""
    parser = argparse.ArgumentParser(prog="make histories", description=__doc__)
    parser.add_argument("--depth", type=int, default=4, help="number of events in the longest history")
    depth = parser.parse_args().depth
    broken = _report(depth, "one subscription", ONE, "play") + _report(depth - 1, "two customers", PAIR, "play_pair")
    print(f"{broken} laws broken")
    return 1 if broken else 0


def _report(depth: int, what: str, subject: Subject, player: str) -> int:
    """Search, print the result, and return the number of broken laws. player: function that plays a history again."""
    started_at = time.monotonic()
    findings = explore(depth, subject)
    seconds = time.monotonic() - started_at
    print(f"{what}, depth {depth}: {findings.states} states, {findings.transitions} transitions, {seconds:.0f} s")
    for law, (events, contradiction) in findings.broken.items():
        print(f"\n{law}\n  {player}({list(events)})\n  {contradiction}")
    return len(findings.broken)


if __name__ == "__main__":
    sys.exit(main())
