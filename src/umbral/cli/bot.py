"""`umbral bot`."""

from __future__ import annotations

import bot.main
from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run() -> int:
    """Talk with customers on Telegram until stopped."""
    return bot.main.run()
