"""Sources of the previous release, taken from the clone's git history."""

from __future__ import annotations

import io
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMIT = (Path(__file__).with_name("previous")).read_text().strip()
"""Last commit of the previous release. The payloads and rows of that release are next to this file (`python -m
tests.upgrade.record`).
"""


class NotInThisClone(Exception):
    """Error: the commit of the previous release is missing, because this is a shallow clone or not a git clone."""


def unpack(folder: Path) -> Path:
    """Unpack the previous release and return its `src` folder for PYTHONPATH. Raises NotInThisClone if the clone lacks
    the release's commit.
    """
    parts = ["src", "migrations", "pyproject.toml", "sandbox/src", "sandbox/pyproject.toml"]
    command = ["git", "-C", str(ROOT), "archive", "--format=zip", COMMIT, *parts]
    try:
        archive = subprocess.run(command, capture_output=True, check=True).stdout
    except OSError as error:
        raise NotInThisClone(f"git cannot be run: {error}") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise NotInThisClone(f"no commit {COMMIT[:12]} here ({said}): fetch the whole history") from error
    # Not tar: some versions of Python 3.11 have no tar filters, and newer versions warn when no filter is given.
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        packed.extractall(folder)
    _write_entry_points(folder)
    return folder / "src"


def _write_entry_points(folder: Path) -> None:
    """Write the entry points of the previous release, product and sandbox. The installed distributions have the entry
    points of this version.
    """
    # Both distributions have modules in the namespace `umbral`, so that one folder serves as PYTHONPATH.
    shutil.copytree(folder / "sandbox" / "src", folder / "src", dirs_exist_ok=True)
    for path in ("", "sandbox"):
        project = tomllib.loads((folder / path / "pyproject.toml").read_text())["project"]
        _write_metadata(folder / "src", _name(ROOT / path), project.get("entry-points", {}))


def _name(project: Path) -> str:
    """Return the current name of a distribution. Metadata under this name takes precedence over the installed
    distribution.
    """
    return str(tomllib.loads((project / "pyproject.toml").read_text())["project"]["name"]).replace("-", "_")


def _write_metadata(folder: Path, name: str, entry_points: Mapping[str, Mapping[str, str]]) -> None:
    info = folder / f"{name}-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0\n")
    sections = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in entry_points.items()
    ]
    (info / "entry_points.txt").write_text("\n".join(sections))
