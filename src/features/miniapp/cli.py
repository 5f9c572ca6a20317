"""The command `umbral miniapp`, which prints the Mini App's key."""

from __future__ import annotations

import os
from typing import Final

import typer

from subscriptions.application.features import CliPart, CommandRefused
from umbral.terminal.loading import load


def run() -> int:
    """Print MINI_APP_KEY for the bot of the settings, which the web needs to verify users of the Mini App."""
    load("subscriptions.bootstrap.checks.bots")
    from features.miniapp.settings import mini_app_key
    from subscriptions.bootstrap.checks.bots import SELLER

    token = os.environ.get(SELLER, "").strip()
    if not token:
        raise CommandRefused(f"{SELLER} is missing; the key is derived from it")
    typer.echo(mini_app_key(token))
    return 0


CLI: Final = CliPart(commands={"miniapp": run})
