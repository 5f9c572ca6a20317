"""`umbral bot`."""

from __future__ import annotations

from collections.abc import Sequence

import bot.main
from umbral.cli.options import parser


def run(argv: Sequence[str]) -> int:
    """Talk with customers on Telegram, until told to stop."""
    parser("bot", "Talk with customers on Telegram, until told to stop.").parse_args(argv)
    return bot.main.run()
