"""`make mutants SEED=n SAMPLE=k`: change single places in the source code, and check that the tests detect each change.

The seed determines the mutants. Each mutant is tested with the tests that run its line, fastest first, in copies of the
work tree. The lines that each test runs are measured once per state of the sources.

In parts: `--minutes 5` starts no mutant after five minutes, and `--continue` skips the mutants that earlier runs with
this seed have killed.
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

from scripts.mutants_covered import KEPT, Covering, NoMeasure, is_measured, measure
from scripts.mutants_drawn import Mutant, sample
from scripts.mutants_tried import FORKS, Bench, Fate, Tried

ROOT = Path(__file__).parent.parent
CORE = ("subscriptions/domain", "subscriptions/application")
ADAPTERS = "subscriptions/infrastructure"
FEATURES = ("domain", "domain.py", "use_cases")
"""Folders and files of a feature that contain its rules."""


def main() -> int:
    """Return 1 if fewer mutants were killed than required, 2 if there is no result, otherwise 0."""
    options = _options()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        benches = [Bench(ROOT, Path(folder, str(number))) for number in range(options.jobs)]
        try:
            if not options.known and not is_measured(ROOT):
                print("Running all tests once, to learn which lines each of them runs", flush=True)
                measure(ROOT, benches[0].folder, benches[0].python, benches[0].environ, str(options.jobs))
            covering = Covering(ROOT)
        except NoMeasure as fault:
            print(fault, file=sys.stderr)
            return 2
        folders = options.folders or [*CORE, *_of_features(), *([ADAPTERS] if options.infrastructure else [])]
        mutants, sites = sample(ROOT / "src", folders, options.seed, options.sample)
        print(f"seed {options.seed}: {len(mutants)} mutants of {sites} places in {len(folders)} folders", flush=True)
        kept = ROOT / KEPT / f"killed-{options.seed}"
        before = set(kept.read_text().split("\n")) if options.go_on and kept.exists() else set[str]()
        FORKS.set_forkserver_preload(["scripts.mutants_loaded", "scripts.mutants_tried"])
        until = began + 60 * options.minutes
        left = [each for each in mutants if str(each) not in before]
        outcomes = [Tried(each, Fate.KILLED, "before") for each in mutants if str(each) in before]
        outcomes += _try_all(left, covering, benches, options.budget, until)
        kept.write_text("\n".join(str(each.mutant) for each in outcomes if each.fate is Fate.KILLED))
    return _report(outcomes, len(mutants), options.least, time.monotonic() - began)


def _of_features() -> list[str]:
    """Return the folders and files, relative to `src`, that contain the rules of the features."""
    found = (path for name in FEATURES for path in (ROOT / "src" / "features").glob(f"*/{name}"))
    return sorted(str(path.relative_to(ROOT / "src")) for path in found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="draws the mutants (1)")
    parser.add_argument("--sample", type=int, default=40, help="how many (40)")
    parser.add_argument("--infrastructure", action="store_true", help="adapters too, not only the rules")
    parser.add_argument("--folders", nargs="+", help="files and folders below src, instead of the core's and features'")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2, help="how many at once (one per processor)")
    parser.add_argument("--budget", type=float, default=180, help="seconds of tests to try one with (180)")
    parser.add_argument("--least", type=int, default=0, help="how many of a hundred have to be killed")
    parser.add_argument("--known", action="store_true", help="go by the last measure, though the sources changed since")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no other after so many")
    parser.add_argument("--continue", action="store_true", dest="go_on", help="without those killed before")
    return parser.parse_args()


def _try_all(
    mutants: Sequence[Mutant], covering: Covering, benches: Sequence[Bench], budget: float, until: float
) -> list[Tried]:
    free: SimpleQueue[Bench] = SimpleQueue()
    for bench in benches:
        free.put(bench)

    def one(mutant: Mutant) -> Tried | None:
        tests, seconds = _within(budget, covering.tests(f"src/{mutant.path}", mutant.first, mutant.last), covering)
        if not tests:
            return Tried(mutant, Fate.NOT_COVERED, "no test")
        bench = free.get()
        try:
            return bench.try_out(mutant, tests, seconds) if time.monotonic() < until else None
        finally:
            free.put(bench)

    outcomes = list[Tried]()
    with ThreadPoolExecutor(len(benches)) as pool:
        for done in as_completed([pool.submit(one, mutant) for mutant in mutants]):
            if (tried := done.result()) is not None:
                outcomes.append(tried)
                print(f"{len(outcomes):>4}  {tried.fate:<11}  {tried.mutant}  {tried.by}", flush=True)
    return outcomes


def _within(budget: float, tests: Sequence[str], covering: Covering) -> tuple[list[str], float]:
    """Return the first tests that together take no longer than the budget, at least one, and their total duration in
    seconds.
    """
    chosen, seconds = list[str](), 0.0
    for test in tests:
        if chosen and seconds + covering.seconds(test) > budget:
            break
        chosen.append(test)
        seconds += covering.seconds(test)
    return chosen, seconds


def _report(outcomes: Sequence[Tried], drawn: int, least: int, seconds: float) -> int:
    fates = Counter(each.fate for each in outcomes)
    for fate in (Fate.SURVIVED, Fate.NOT_COVERED, Fate.TIMED_OUT):
        for each in sorted((each for each in outcomes if each.fate is fate), key=lambda each: str(each.mutant)):
            print(f"{fate} ({each.told}): src/{each.mutant}")
    score = 100 * fates[Fate.KILLED] / max(drawn, 1)
    told = ", ".join(f"{fates[fate]} {fate}" for fate in Fate)
    print(f"{score:.0f} % killed: {told}, of {drawn}, {seconds:.0f} s")
    if len(outcomes) < drawn:
        print(f"{drawn - len(outcomes)} were not tried: ARGS=--continue with the same seed goes on from here")
    return 1 if score < least or len(outcomes) < drawn else 0


if __name__ == "__main__":
    sys.exit(main())
