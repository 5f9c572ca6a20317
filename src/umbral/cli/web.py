"""The command `umbral web`, which runs the web process."""

from __future__ import annotations

import web.main
from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run() -> int:
    """Serve the web pages, the webhooks and the posts API until stopped."""
    return web.main.run()
