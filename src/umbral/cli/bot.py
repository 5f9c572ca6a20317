"""The command `umbral bot`, which runs the bot process."""

from __future__ import annotations

from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run() -> int:
    """Talk with customers on Telegram until stopped."""
    from bot.aiogram_models import import_aiogram

    # This must run before any module of the bot imports aiogram.
    import_aiogram()
    from bot.main import run

    return run()
