"""Remove features, and the features that need them, from a copy of the checkout, make a sale in its demo, and run all
other tests.

    python -m scripts.without partners                    the demo, then all tests but the long ones
    python -m scripts.without partners tests/unit         the demo, then these tests
    python -m scripts.without partners,referrals          without both
    python -m scripts.without --each [--part 1/4] [PATH]  each feature in turn, or a quarter of them
    python -m scripts.without --today [PATH]              the feature whose turn it is today

Several features are removed one after the other from the same copy, which has one environment. All features are tried,
and the exit status is 1 if a step fails for any of them.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from subscriptions.application.features import dependants
from subscriptions.bootstrap.features import installed

ROOT: Final = Path(__file__).resolve().parents[1]
SALE: Final = "tests/e2e/test_first_sale.py"
FOLDERS: Final = ("src/features", "tests/features")
PYTEST: Final = (".venv/bin/python", "-m", "pytest")


def copied(target: Path) -> None:
    """Copy all files that git tracks, and untracked files that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


@contextmanager
def removed(target: Path, features: Iterable[str]) -> Iterator[None]:
    """Remove the folders of features, and of the features that need them, and restore the folders at the end. Raises
    SystemExit for an unknown feature.
    """
    known = installed().features
    names = {*features}
    for feature in features:
        if not (target / FOLDERS[0] / feature).is_dir():
            raise SystemExit(f"there is no feature {feature!r} in {FOLDERS[0]}")
        names.update(dependants(feature, [*known], known))
    with tempfile.TemporaryDirectory(prefix="umbral-removed-") as aside:
        moved = [(target / folder / name, Path(aside) / folder / name) for folder in FOLDERS for name in sorted(names)]
        moved = [(here, there) for here, there in moved if here.exists()]
        for here, there in moved:
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(here, there)
        try:
            yield
        finally:
            for here, there in moved:
                shutil.move(there, here)


def failed_step(target: Path, features: Sequence[str], paths: Sequence[str]) -> str:
    """Remove the features from the copy and return the first step that fails, or an empty string."""
    with removed(target, features):
        for command in ([*PYTEST, SALE], [*PYTEST, *paths]):
            if subprocess.run(command, cwd=target, check=False).returncode:
                return " ".join(command)
    return ""


def by_turn(names: Sequence[str], day: date) -> str:
    """Return the feature that is tested on a day."""
    return sorted(names)[day.toordinal() % len(names)]


def share(names: Sequence[str], part: str) -> list[str]:
    """Return a part of the features, written as `1/4`. Raises ValueError for another form."""
    number, _, parts = part.partition("/")
    if not 1 <= int(number) <= int(parts):
        raise ValueError(f"{part} is not a part such as 1/4")
    return sorted(names)[int(number) - 1 :: int(parts)]


def main(arguments: Sequence[str]) -> int:
    """Return 1 if a step fails without any of the features, else 0."""
    parser = argparse.ArgumentParser(description="Run the tests in a copy without a feature.")
    parser.add_argument("--each", action="store_true", help="each feature in turn")
    parser.add_argument("--part", default="1/1", help="with --each: a part of the features, such as 1/4")
    parser.add_argument("--today", action="store_true", help="the feature whose turn it is today")
    parser.add_argument("words", nargs=argparse.REMAINDER, help="features joined by commas, then arguments of pytest")
    options = parser.parse_args(arguments)
    known, words = [*installed().features], options.words
    if options.each:
        turns = [[name] for name in share(known, options.part)]
    elif options.today:
        turns = [[by_turn(known, datetime.now(UTC).date())]]
    elif words:
        turns = [words.pop(0).split(",")]
    else:
        raise SystemExit("name a feature: make without FEATURE=partners")
    failed = {}
    with tempfile.TemporaryDirectory(prefix="umbral-without-") as folder:
        target = Path(folder)
        copied(target)
        # Use a separate environment, in which the tests' processes find only the copy.
        if subprocess.run(["make", "setup"], cwd=target, check=False).returncode:
            return 1
        for features in turns:
            print(f"== without {', '.join(features)}", flush=True)
            if step := failed_step(target, features, words or ["tests"]):
                failed[", ".join(features)] = step
    for names, step in failed.items():
        print(f"FAILED without {names}: {step}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
