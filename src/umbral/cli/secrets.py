"""The command `umbral secrets`, which creates the passwords and keys of an installation."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from subscriptions.domain.errors import UmbralError
from umbral.terminal.loading import load
from umbral.terminal.operating import refuse
from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder for the files.")]) -> int:
    """Make the passwords and keys of an installation, as files in a folder, and name the files that were written.

    Existing files are kept, so that it can run at each start. Passwords in the environment take precedence:
    POSTGRES_PASSWORD, WEB_DATABASE_PASSWORD and the like. Keep a copy of settings/settings.key elsewhere: without it
    the settings that were entered in the browser cannot be read.
    """
    load("subscriptions.bootstrap.new_secrets")
    from subscriptions.bootstrap.new_secrets import make_secrets

    try:
        for name in make_secrets(folder, os.environ):
            print(f"{folder}/{name}")
    except UmbralError as error:
        return refuse("secrets", error)
    return 0
