"""Remove features, and those that need them, from a copy of the checkout, sell in the demo there, and run all other
tests.

    python -m scripts.without partners            the demo, then all tests but the long ones
    python -m scripts.without partners tests/unit the demo, then these tests
    python -m scripts.without partners,referrals  without both

Ends with the status of the first step that fails.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from subscriptions.application.features import dependants
from subscriptions.bootstrap.features import installed

ROOT: Final = Path(__file__).resolve().parents[1]
SALE: Final = "tests/e2e/test_first_sale.py"
FOLDERS: Final = ("src/features", "tests/features")


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


def removed(target: Path, feature: str) -> None:
    """Delete the folders of a feature and of the features that need it. Raises SystemExit if there is no such
    feature.
    """
    if not (target / FOLDERS[0] / feature).is_dir():
        raise SystemExit(f"there is no feature {feature!r} in {FOLDERS[0]}")
    features = installed().features
    for name in (feature, *dependants(feature, [*features], features)):
        for folder in FOLDERS:
            shutil.rmtree(target / folder / name, ignore_errors=True)


def main(arguments: Sequence[str]) -> int:
    """Return the status of the first step that fails, or 0."""
    if not arguments:
        raise SystemExit("name a feature: make without FEATURE=partners")
    names, *paths = arguments
    features = names.split(",")
    with tempfile.TemporaryDirectory(prefix=f"umbral-without-{features[0]}-") as folder:
        target = Path(folder)
        copied(target)
        for feature in features:
            removed(target, feature)
        # Use a separate environment, in which the tests' processes find only the copy.
        pytest = [".venv/bin/python", "-m", "pytest"]
        for command in (["make", "setup"], [*pytest, SALE], [*pytest, *(paths or ["tests"])]):
            status = subprocess.run(command, cwd=target, check=False).returncode
            if status:
                return status
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
