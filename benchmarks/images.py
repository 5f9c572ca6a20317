"""How large each image's packages are, and how long they take to install.

`python -m benchmarks.images [--images web worker bot userbot]`

As the Dockerfile does it, by `deploy/install`, into a folder of their own: the locked packages of each image and no
others. An image is those, its own code and Python's slim image, which are added by their known sizes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from shutil import copytree
from typing import Final

from benchmarks.rows import Row, say, tell
from deploy.image_packages import ROOT

MB: Final = 1_000_000
BASE_MB: Final = 125
"""Python's slim image."""
CODE_MB: Final = 7
"""The product's own wheel, installed."""
WANTED_MB: Final = 300


def installed(image: str, folder: Path) -> tuple[float, float]:
    """Return the megabytes of an image's packages and the seconds their installation took. folder: empty or missing."""
    place = folder / image
    place.mkdir(parents=True)
    copytree(ROOT / "deploy", place / "deploy")
    (place / "requirements.lock").write_bytes((ROOT / "requirements.lock").read_bytes())
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    began = time.monotonic()
    subprocess.run([str(place / "deploy" / "install"), image, "packages"], cwd=place, env=environ, check=True)
    return size(place / "packages") / MB, time.monotonic() - began


def size(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def main() -> None:
    """Print a line per image."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", nargs="+", default=["web", "worker", "bot", "userbot"])
    with tempfile.TemporaryDirectory() as folder:
        for image in parser.parse_args().images:
            packages, seconds = installed(image, Path(folder))
            whole = packages + CODE_MB + BASE_MB
            weight = f"{whole:.0f} MB, packages {packages:.0f} MB in {seconds:.0f} s"
            row = Row(f"image of {image}", f"{WANTED_MB} MB wanted", weight, [whole / WANTED_MB], "≤ 1")
            tell(row)
            say("   ".join(row.cells()))


if __name__ == "__main__":
    main()
