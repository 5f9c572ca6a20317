"""Search for promtool, which checks the syntax of Prometheus's rules."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

UNPACKED = Path(sys.prefix) / "share" / "promtool"
"""Folder into which `make promtool` unpacks the system's package. The package is not installed, because its
installation would start a server.
"""


def find_promtool() -> str | None:
    """Return the first promtool that runs: the one in the variable PROMTOOL, the one on the PATH, or the unpacked one.
    None if there is none.
    """
    return next((candidate for candidate in _candidates() if _runs(candidate)), None)


def _candidates() -> Iterator[str]:
    named = os.environ.get("PROMTOOL"), shutil.which("promtool"), str(UNPACKED)
    yield from (each for each in named if each)


def _runs(promtool: str) -> bool:
    try:
        return subprocess.run([promtool, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
