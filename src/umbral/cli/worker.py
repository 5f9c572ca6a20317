"""`umbral worker`."""

from __future__ import annotations

import worker.main
from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run() -> int:
    """Work core jobs and the business clock, until told to stop."""
    return worker.main.run()
