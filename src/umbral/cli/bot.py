"""The command `umbral bot`, which runs the bot process."""

from __future__ import annotations

from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run() -> int:
    """Talk with customers on Telegram until stopped."""
    # These must precede all other modules of the bot.
    from bot.aiogram_models import import_aiogram
    from subscriptions.bootstrap.lean_imports import import_lean

    import_lean()
    import_aiogram()
    from bot.main import run

    return run()
