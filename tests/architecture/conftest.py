"""Fixtures for the tracked files of the work tree, and the import linter run on copies of the sources."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("src", "sandbox/src")
"""Folders that contain the packages of each distribution."""
LINTER = Path(sys.executable).with_name("lint-imports")


def import_contracts() -> list[dict[str, str]]:
    """Return the import contracts in file order. A setting that is a list has one entry per line."""
    settings = ConfigParser()
    settings.read(ROOT / ".importlinter", encoding="utf-8")
    return [dict(settings[name]) for name in settings.sections() if name.startswith("importlinter:contract:")]


@pytest.fixture(scope="session")
def tracked_files() -> list[Path]:
    """Return every file that git tracks or would add, relative to the repository's root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.split("\0") if listed.returncode == 0 else list(_without_git())
    return [Path(name) for name in sorted(names) if name and (ROOT / name).is_file()]


def _without_git() -> Iterator[str]:
    """Yield the files of an unpacked archive, where only generated folders are untracked."""
    generated = {".venv", "__pycache__", ".git", ".demo", ".hypothesis", "artifacts", "build", "dist"}
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT)
        if not generated & set(inside.parts) and not any(
            part.endswith((".egg-info", "_cache")) for part in inside.parts
        ):
            yield str(inside)


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of .importlinter on the packages of both distributions in `tree`."""
    command = [str(LINTER), "--config", str(ROOT / ".importlinter"), "--no-cache", "--no-logo"]
    path = os.pathsep.join(str(tree / sources) for sources in SOURCES)
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
