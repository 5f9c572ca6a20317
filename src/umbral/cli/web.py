"""`umbral web`."""

from __future__ import annotations

from collections.abc import Sequence

import web.main
from umbral.cli.options import parser


def run(argv: Sequence[str]) -> int:
    """Serve the web pages, the webhooks and the door for picks, until told to stop."""
    parser("web", "Serve the web pages, the webhooks and the door for picks, until told to stop.").parse_args(argv)
    return web.main.run()
