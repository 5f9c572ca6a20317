"""The sources of the version before this one, taken from the history of the clone."""

from __future__ import annotations

import io
import subprocess
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMIT = (Path(__file__).with_name("previous")).read_text().strip()
"""The last commit of the previous version; its payloads and rows lie beside it (`python -m tests.upgrade.record`)."""


class NotInThisClone(Exception):
    """The previous version's commit is missing: a shallow clone, or no clone at all."""


def unpack(folder: Path) -> Path:
    """The previous version's `src`, to be put into PYTHONPATH. Raises NotInThisClone."""
    parts = ["src", "migrations", "pyproject.toml"]
    command = ["git", "-C", str(ROOT), "archive", "--format=zip", COMMIT, *parts]
    try:
        archive = subprocess.run(command, capture_output=True, check=True).stdout
    except OSError as error:
        raise NotInThisClone(f"git cannot be run: {error}") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise NotInThisClone(f"no commit {COMMIT[:12]} here ({said}): fetch the whole history") from error
    # No tar: some Pythons 3.11 know nothing of its filters, and newer ones warn where none is named.
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        packed.extractall(folder)
    _write_entry_points(folder)
    return folder / "src"


def _write_entry_points(folder: Path) -> None:
    """Plug-ins are found by the metadata of a distribution; what is installed has this version's."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    _write_metadata(folder / "src", _name(ROOT), project["entry-points"])
    if (folder / "src" / "sandbox").is_dir():
        # Its stand-ins are its own; those of today, a distribution apart, must not be found beside them.
        _write_metadata(folder / "src", _name(ROOT / "sandbox"), {})


def _name(project: Path) -> str:
    """What a distribution of ours is called today: metadata under that name are found before what is installed."""
    return str(tomllib.loads((project / "pyproject.toml").read_text())["project"]["name"]).replace("-", "_")


def _write_metadata(place: Path, name: str, entry_points: Mapping[str, Mapping[str, str]]) -> None:
    info = place / f"{name}-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0\n")
    sections = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in entry_points.items()
    ]
    (info / "entry_points.txt").write_text("\n".join(sections))
