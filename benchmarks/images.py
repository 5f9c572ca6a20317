"""How large each image's packages are, and how long they take to install.

`python -m benchmarks.images [--images web worker bot userbot]`

As the Dockerfile does it, by `deploy/install`, into a folder of their own: the locked packages of each image and no
others, compiled, then rid of what no running program needs. Beside that what they weigh as pip leaves them.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from shutil import copytree
from typing import Final

from benchmarks.rows import Row, say, tell
from deploy.image_packages import ROOT
from deploy.trim import size

MB: Final = 1_000_000
_SAVED: Final = re.compile(r"(\d+) MB taken out")


def installed(image: str, folder: Path) -> tuple[float, float, float]:
    """MB of its packages, MB that were taken out of them, and the seconds that took. folder: empty or not there."""
    place = folder / image
    place.mkdir(parents=True)
    copytree(ROOT / "deploy", place / "deploy")
    (place / "requirements.lock").write_bytes((ROOT / "requirements.lock").read_bytes())
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    began = time.monotonic()
    done = subprocess.run(
        [str(place / "deploy" / "install"), image, "packages"],
        cwd=place,
        env=environ,
        check=True,
        capture_output=True,
        text=True,
    )
    took = time.monotonic() - began
    found = _SAVED.search(done.stdout)
    if found is None:
        raise ValueError(f"deploy/install did not say what it took out: {done.stdout!r}")
    return size(place / "packages") / MB, float(found[1]), took


def main() -> None:
    """Print a line per image."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", nargs="+", default=["web", "worker", "bot", "userbot"])
    with tempfile.TemporaryDirectory() as folder:
        for image in parser.parse_args().images:
            kept, saved, took = installed(image, Path(folder))
            left = f"{kept + saved:.0f} MB as pip leaves them"
            row = Row(f"packages of {image}", left, f"{kept:.0f} MB in {took:.0f} s", [kept / (kept + saved)], "–")
            tell(row)
            say("   ".join(row.cells()))


if __name__ == "__main__":
    main()
