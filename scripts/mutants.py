"""`make mutants SEED=n SAMPLE=k`: places in the source are changed one by one, and the tests should see it.

The mutants are drawn by the seed; each is tried by the tests that run its line, the quickest first, in copies of the
work tree. Which test runs which line is measured once for a state of the sources.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from scripts.mutants_covered import Covering, NoMeasure, is_measured, measure
from scripts.mutants_drawn import Mutant, sample
from scripts.mutants_tried import Bench, Fate, Tried

ROOT = Path(__file__).parent.parent
CORE = ("subscriptions/domain", "subscriptions/application")
ADAPTERS = "subscriptions/infrastructure"


def main() -> int:
    """Return 1 if fewer were killed than asked for, 2 if nothing can be said."""
    options = _options()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        benches = [Bench(ROOT, Path(folder, str(number))) for number in range(options.jobs)]
        try:
            if not options.known and not is_measured(ROOT):
                print("Running all tests once, to learn which lines each of them runs", flush=True)
                measure(ROOT, benches[0].place, benches[0].python, benches[0].environ, str(options.jobs))
            covering = Covering(ROOT)
        except NoMeasure as fault:
            print(fault, file=sys.stderr)
            return 2
        folders = [*CORE, ADAPTERS] if options.infrastructure else CORE
        mutants, places = sample(ROOT / "src", folders, options.seed, options.sample)
        print(f"seed {options.seed}: {len(mutants)} mutants of {places} places in {', '.join(folders)}", flush=True)
        outcomes = _try_all(mutants, covering, benches, options.budget)
    return _report(outcomes, options.least, time.monotonic() - began)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="draws the mutants (1)")
    parser.add_argument("--sample", type=int, default=40, help="how many (40)")
    parser.add_argument("--infrastructure", action="store_true", help="adapters too, not only domain and application")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2, help="how many at once (one per processor)")
    parser.add_argument("--budget", type=float, default=180, help="seconds of tests to try one with (180)")
    parser.add_argument("--least", type=int, default=0, help="how many of a hundred have to be killed")
    parser.add_argument("--known", action="store_true", help="go by the last measure, though the sources changed since")
    return parser.parse_args()


def _try_all(mutants: Sequence[Mutant], covering: Covering, benches: Sequence[Bench], budget: float) -> list[Tried]:
    free: SimpleQueue[Bench] = SimpleQueue()
    for bench in benches:
        free.put(bench)

    def one(mutant: Mutant) -> Tried:
        tests, seconds = _within(budget, covering.tests(f"src/{mutant.path}", mutant.first, mutant.last), covering)
        if not tests:
            return Tried(mutant, Fate.NOT_COVERED, "no test")
        bench = free.get()
        try:
            return bench.try_out(mutant, tests, seconds)
        finally:
            free.put(bench)

    outcomes = []
    with ThreadPoolExecutor(len(benches)) as pool:
        for number, done in enumerate(as_completed([pool.submit(one, mutant) for mutant in mutants]), 1):
            outcomes.append(done.result())
            print(f"{number:>4}  {outcomes[-1].fate:<11}  {outcomes[-1].mutant}  {outcomes[-1].by}", flush=True)
    return outcomes


def _within(budget: float, tests: Sequence[str], covering: Covering) -> tuple[list[str], float]:
    """The first of them that take no longer together, and how long that is; one at least."""
    chosen, seconds = list[str](), 0.0
    for test in tests:
        if chosen and seconds + covering.seconds(test) > budget:
            break
        chosen.append(test)
        seconds += covering.seconds(test)
    return chosen, seconds


def _report(outcomes: Sequence[Tried], least: int, seconds: float) -> int:
    fates = Counter(each.fate for each in outcomes)
    for fate in (Fate.SURVIVED, Fate.NOT_COVERED, Fate.TIMED_OUT):
        for each in sorted((each for each in outcomes if each.fate is fate), key=lambda each: str(each.mutant)):
            print(f"{fate} ({each.told}): src/{each.mutant}")
    score = 100 * fates[Fate.KILLED] / max(len(outcomes), 1)
    told = ", ".join(f"{fates[fate]} {fate}" for fate in Fate)
    print(f"{score:.0f} % killed: {told}, of {len(outcomes)}, {seconds:.0f} s")
    return 1 if score < least else 0


if __name__ == "__main__":
    sys.exit(main())
