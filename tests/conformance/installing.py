"""Installation of a third-party package next to Umbral, without network access."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def installed_into(target: Path, package: Path) -> None:
    """Build the package and install it, without its dependencies, into the folder."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run(
        [*command, "--target", str(target), str(package)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
