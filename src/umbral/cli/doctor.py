"""`umbral doctor`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

from subscriptions.bootstrap import doctor
from umbral.cli.options import parser


def run(argv: Sequence[str]) -> int:
    """Print what is missing or wrong in the settings; 1 when something is."""
    parser("doctor", "Say what is missing or wrong in the settings, starting nothing.").parse_args(argv)
    problems = doctor.report(os.environ)
    for problem in problems:
        print(problem)
    if not problems:
        print("All settings are there.")
        for remark in asyncio.run(doctor.report_of_database(os.environ)):
            print(remark)
    return 1 if problems else 0
