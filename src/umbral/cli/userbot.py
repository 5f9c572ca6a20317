"""`umbral userbot`."""

from __future__ import annotations

from collections.abc import Sequence

import userbot.main
from umbral.cli.options import parser


def run(argv: Sequence[str]) -> int:
    """Make and keep the customers' channels, until told to stop."""
    parser("userbot", "Make and keep the customers' channels, until told to stop.").parse_args(argv)
    return userbot.main.run()
