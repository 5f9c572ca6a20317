"""The command `umbral miniapp`, which prints the Mini App's key."""

from __future__ import annotations

import os

import typer

from umbral.terminal.loading import load
from umbral.terminal.operating import fail
from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run() -> int:
    """Print MINI_APP_KEY for the bot of the settings, which the web needs to verify users of the Mini App."""
    load("subscriptions.bootstrap.checks.bots")
    from subscriptions.bootstrap.checks.bots import SELLER
    from subscriptions.bootstrap.settings.mini_app import mini_app_key

    token = os.environ.get(SELLER, "").strip()
    if not token:
        return fail("miniapp", f"{SELLER} is missing; the key is derived from it")
    typer.echo(mini_app_key(token))
    return 0
