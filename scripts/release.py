"""Build the files of a release in a folder: `python -m scripts.release FOLDER [--unpinned]`, or `make release`.

The files are both wheels, each built twice and compared byte by byte, the software bills of materials of the images,
and the digests of all files in `SHA256SUMS`. All timestamps are those of the commit. Images that are not named by their
digests are refused, and so are digests older than three months.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy import sbom
from scripts import pin_images

ROOT: Final = Path(__file__).parents[1]
DIFFERENT: Final = 2


def wheel(project: Path, out: Path, epoch: str) -> Path:
    """Build a project's wheel from the current tree. epoch: timestamp in seconds since 1970 that replaces every
    timestamp in the wheel.
    """
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(
        command, cwd=project, check=True, capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": epoch}
    )
    (made,) = out.glob("*.whl")
    return made


def twice(project: Path, epoch: str) -> tuple[str, bytes] | None:
    """Build a project's wheel twice, and return its name and bytes, or None if the two builds differ."""
    made = []
    for _ in range(2):
        with tempfile.TemporaryDirectory() as out:
            path = wheel(project, Path(out), epoch)
            made.append((path.name, path.read_bytes()))
    return made[0] if made[0] == made[1] else None


def release(folder: Path, epoch: str) -> int:
    """Write all files of the release into the folder, and return the exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    for project in (ROOT, ROOT / "sandbox"):
        made = twice(project, epoch)
        if made is None:
            print(f"two builds of {project.name} differ", file=sys.stderr)
            return DIFFERENT
        (folder / made[0]).write_bytes(made[1])
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    sbom.write(folder, version, ROOT / "requirements.lock")
    files = sorted(path for path in folder.iterdir() if path.suffix in {".whl", ".json"})
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(sums))
    print("".join(sums), end="")
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """Run the command and return the exit code, as described in the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--unpinned", action="store_true", help="to look at; never to hand out")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if not options.unpinned and (refused := pin_images.main(["--check", f"--root={options.root}"])):
        return refused
    told = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True)
    return release(options.folder, told.stdout.strip())


if __name__ == "__main__":
    sys.exit(main())
