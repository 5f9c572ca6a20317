"""`umbral userbot`."""

from __future__ import annotations

import userbot.main
from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run() -> int:
    """Make and keep the customers' channels, until told to stop."""
    return userbot.main.run()
