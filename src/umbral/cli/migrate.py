"""`umbral migrate`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from subscriptions.bootstrap import migrate
from umbral.cli.options import parser


def run(argv: Sequence[str]) -> int:
    """Bring the database's tables up to date."""
    parser("migrate", "Bring the database's tables up to date; harmless when they are.").parse_args(argv)
    url = os.environ.get("DATABASE_MIGRATION_URL") or os.environ.get("DATABASE_URL")
    if not url:
        print(
            "umbral migrate: DATABASE_URL is missing: put postgresql://user:password@host/database there",
            file=sys.stderr,
        )
        return 1
    migrate.upgrade(url)
    return 0
