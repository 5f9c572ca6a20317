"""`umbral sandbox`."""

from __future__ import annotations

from collections.abc import Sequence

import umbral_sandbox.main


def run(argv: Sequence[str]) -> int:
    """Run the stand-ins alone, until told to stop; the sandbox reads its own options."""
    return umbral_sandbox.main.run(argv)
