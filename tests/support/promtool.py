"""Finds Prometheus' own checker of rules, promtool."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

UNPACKED = Path(sys.prefix) / "share" / "promtool"
"""Where `make promtool` puts the one of the system's package, without installing that: it would start a server."""


def find_promtool() -> str | None:
    """The first that really runs: PROMTOOL, the one on the PATH, the one unpacked."""
    return next((candidate for candidate in _candidates() if _runs(candidate)), None)


def _candidates() -> Iterator[str]:
    named = os.environ.get("PROMTOOL"), shutil.which("promtool"), str(UNPACKED)
    yield from (each for each in named if each)


def _runs(promtool: str) -> bool:
    try:
        return subprocess.run([promtool, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
