"""Order of the test files: first those affected by the change, then the core's rules, then the longest files, then the
rest.

This order shows failures early: most changes break a test of the changed module or a rule of the core. Files that take
ten seconds or more come before the rest, because such a file started at the end would keep all processes waiting.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CORE: Final = ("tests/unit/domain/", "tests/unit/application/")
DEMOS: Final = "tests/e2e/"
LONGEST: Final = (
    DEMOS,
    "tests/year/",
    "tests/conformance/",
    "tests/integration/",
    "tests/sandbox/page/",
    "tests/features/marks/",
    "tests/unit/deploy/",
)
SOURCES: Final = ("src/", "sandbox/src/")


def rank(path: str, touched: Collection[str]) -> int:
    """Return the rank of a test file, given by its path from the root. Files with a lower rank run earlier."""
    if path in touched:
        return 0
    for turn, folder in enumerate((*CORE, *LONGEST), start=1):
        if path.startswith(folder):
            return turn
    return len(CORE) + len(LONGEST) + 1


@cache
def touched_tests() -> frozenset[str]:
    """Return the test files affected by the change in this work tree; none if git reports no change."""
    return touched_by(changed_files(), sorted((ROOT / "tests").rglob("test_*.py")))


def touched_by(changed: Sequence[str], tests: Sequence[Path]) -> frozenset[str]:
    """Return the test files that are changed themselves or import a changed module."""
    modules = [module for module in map(_module, changed) if module]
    imports = re.compile("|".join(rf"^(?:from|import) {re.escape(module)}\b" for module in modules), re.MULTILINE)
    found = set(changed)
    if modules:
        found |= {str(test.relative_to(ROOT)) for test in tests if imports.search(test.read_text(encoding="utf-8"))}
    return frozenset(path for path in found if path.startswith("tests/"))


def changed_files() -> list[str]:
    """Return the paths that differ from the branch point with main, or on main itself from the previous commit."""
    here, main = _git("rev-parse", "HEAD"), _git("merge-base", "HEAD", "main")
    return _differing(main[0] if main and main != here else "HEAD~1")


def uncommitted_files(root: Path = ROOT) -> list[str]:
    """Return the paths that differ from the commit that is checked out."""
    return _differing("HEAD", root)


def tree_hash(root: Path = ROOT) -> str:
    """Return git's hash of the commit's tree; empty if this is no checkout."""
    return next(iter(_git("rev-parse", "--verify", "HEAD:./", root=root)), "")


def _differing(commit: str, root: Path = ROOT) -> list[str]:
    changed = _git("diff", "--name-only", commit, root=root)
    return [*changed, *_git("ls-files", "--others", "--exclude-standard", root=root)]


def _module(path: str) -> str | None:
    for folder in SOURCES:
        if path.startswith(folder) and path.endswith(".py"):
            return path.removeprefix(folder).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return None


def _git(*words: str, root: Path = ROOT) -> list[str]:
    try:
        asked = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return []
    return asked.stdout.splitlines() if asked.returncode == 0 else []
