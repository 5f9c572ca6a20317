"""`make histories`: check the laws of the timeline in every history of a subscription, up to a number of events, and
print the shortest history that breaks each law. Exit status 1: a law is broken.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.histories.explore import explore


def main() -> int:
    """Search all histories and print the result."""
    parser = argparse.ArgumentParser(prog="make histories", description=__doc__)
    parser.add_argument("--depth", type=int, default=4, help="number of events in the longest history")
    depth = parser.parse_args().depth
    started_at = time.monotonic()
    findings = explore(depth)
    seconds = time.monotonic() - started_at
    print(f"depth {depth}: {findings.states} states, {findings.transitions} transitions, {seconds:.0f} s")
    for law, (events, contradiction) in findings.broken.items():
        print(f"\n{law}\n  play({list(events)})\n  {contradiction}")
    print(f"{len(findings.broken)} laws broken")
    return 1 if findings.broken else 0


if __name__ == "__main__":
    sys.exit(main())
