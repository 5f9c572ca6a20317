"""`umbral worker`."""

from __future__ import annotations

from collections.abc import Sequence

import worker.main
from umbral.cli.options import parser


def run(argv: Sequence[str]) -> int:
    """Work core jobs and the business clock, until told to stop."""
    parser("worker", "Work core jobs and the business clock, until told to stop.").parse_args(argv)
    return worker.main.run()
