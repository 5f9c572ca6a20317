"""The command `umbral worker`, which runs the worker process."""

from __future__ import annotations

import worker.main
from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run() -> int:
    """Run the core's jobs and the schedule until stopped."""
    return worker.main.run()
