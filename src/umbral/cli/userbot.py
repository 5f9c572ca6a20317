"""The command `umbral userbot`, which runs the userbot process."""

from __future__ import annotations

import userbot.main
from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run() -> int:
    """Create and maintain the customers' channels until stopped."""
    return userbot.main.run()
