"""The command `umbral userbot`, which runs the userbot process."""

from __future__ import annotations

from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run() -> int:
    """Create and maintain the customers' channels until stopped."""
    # This must precede the process's other modules.
    from subscriptions.bootstrap.lean_imports import import_lean

    import_lean()
    from userbot.main import run

    return run()
