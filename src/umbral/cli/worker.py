"""The command `umbral worker`, which runs the worker process."""

from __future__ import annotations

from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run() -> int:
    """Run the core's jobs and the schedule until stopped."""
    # This must precede the process's other modules.
    from subscriptions.bootstrap.lean_imports import import_lean

    import_lean()
    from worker.main import run

    return run()
