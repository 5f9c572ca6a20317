"""Measure the size of each process's image: its packages, the product's own code, and the base image.

`python -m benchmarks.images [--images web worker bot userbot]`

Packages and code are installed as the Dockerfile does it, into separate folders: the locked packages of each image by
`deploy/install`, and the wheel. The base image is measured if Docker or Podman has it or can pull it (BASE names
another one); otherwise a row contains packages and code only.
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

MB: Final = 1_000_000
WANTED_MB: Final = 300
OWN_WANTED_MB: Final = 175
"""Limit in MB without the base image `python:3.11-slim`, which has 125 MB according to its publishers (docker-library's
repo-info).
"""


def installed(image: str, folder: Path) -> tuple[float, float]:
    """Install an image's packages into the folder, which must be empty or missing. Return their size in megabytes and
    the duration of the installation in seconds.
    """
    target = folder / image
    target.mkdir(parents=True)
    copytree(ROOT / "deploy", target / "deploy")
    (target / "requirements.lock").write_bytes((ROOT / "requirements.lock").read_bytes())
    began = time.monotonic()
    subprocess.run([str(target / "deploy" / "install"), image, "packages"], cwd=target, env=_environ(), check=True)
    return size(target / "packages") / MB, time.monotonic() - began


def own_code(folder: Path) -> float:
    """Install the product's wheel into the folder, which must be empty or missing, and return its size in megabytes."""
    build = ["python3", "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")]
    subprocess.run(build, cwd=ROOT, env=_environ(), check=True, capture_output=True)
    subprocess.run(["python3", "-m", "venv", "--without-pip", str(folder / "code")], env=_environ(), check=True)
    before = size(folder / "code")
    pip = ["python3", "-m", "pip", "--python", str(folder / "code" / "bin" / "python"), "install", "-q", "--no-deps"]
    subprocess.run([*pip, "--no-index", *map(str, (folder / "dist").glob("*.whl"))], env=_environ(), check=True)
    return (size(folder / "code") - before) / MB


def base_image() -> float | None:
    """Return the size of the base image in megabytes, or None if neither Docker nor Podman has it or can pull it."""
    (named,) = re.findall(r"^ARG BASE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    base = os.environ.get("BASE", named)
    for engine in ("docker", "podman"):
        for words in (("image", "inspect"), ("pull", "--quiet")):
            try:
                subprocess.run([engine, *words, base], capture_output=True, check=True)
                output = subprocess.run(
                    [engine, "image", "inspect", "--format", "{{.Size}}", base], capture_output=True, check=True
                )
            except (FileNotFoundError, subprocess.CalledProcessError):
                continue
            return int(output.stdout) / MB
    return None


def size(folder: Path) -> int:
    """Return the total size in bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def row_of(image: str, packages: float, code: float, base: float | None) -> Row:
    """Return the row of an image, with all sizes in megabytes. base: None if the base image's size is unknown."""
    parts = f"packages {packages:.0f}, own code {code:.0f}"
    own = packages + code
    if base is None:
        ratio = own / OWN_WANTED_MB
        return Row(
            f"packages and code of {image}", f"{OWN_WANTED_MB} MB wanted", f"{own:.0f} MB: {parts}", [ratio], "≤ 1"
        )
    whole = own + base
    weight = f"{whole:.0f} MB: {parts}, base image {base:.0f}"
    return Row(f"image of {image}", f"{WANTED_MB} MB wanted", weight, [whole / WANTED_MB], "≤ 1")


def main() -> None:
    """Print a line per image."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", nargs="+", default=["web", "worker", "bot", "userbot"])
    base = base_image()
    if base is None:
        say("the base image was not measured: neither Docker nor Podman has it here")
    with tempfile.TemporaryDirectory() as folder:
        code = own_code(Path(folder))
        for image in parser.parse_args().images:
            packages, seconds = installed(image, Path(folder))
            row = row_of(image, packages, code, base)
            tell(row)
            say(f"{row.line()}   {seconds:.0f} s to install")


def _environ() -> dict[str, str]:
    """Return an environment in which `python3` is this interpreter."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


if __name__ == "__main__":
    main()
