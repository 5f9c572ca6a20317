"""The command `umbral web`, which runs the web process."""

from __future__ import annotations

from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run() -> int:
    """Serve the web pages, the webhooks and the posts API until stopped."""
    # This must precede the process's other modules.
    from subscriptions.bootstrap.lean_imports import import_lean

    import_lean()
    from web.main import run

    return run()
