"""`umbral demo`."""

from __future__ import annotations

from collections.abc import Sequence

from umbral.demo.options import parsed
from umbral.demo.run import Demo


def run(argv: Sequence[str]) -> int:
    """Run everything on this machine until told to stop."""
    return Demo(parsed(argv)).run()
