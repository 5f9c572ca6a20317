"""The command `umbral sandbox`, which runs only the sandbox."""

from __future__ import annotations

import typer

import umbral_sandbox.main
from umbral.terminal.options import application

app = application()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def run(context: typer.Context) -> int:
    """Run only the sandbox until stopped; it parses its own options."""
    return umbral_sandbox.main.run(context.args)
