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
def run(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder for the files.")],
    settings_key: Annotated[
        typer.FileText | None,
        typer.Option(
            "--settings-key",
            metavar="FILE",
            help="Put back this copy of settings/settings.key; - reads it from standard input.",
        ),
    ] = None,
) -> int:
    """Make the passwords and keys of an installation, as files in a folder, and name the files that were written.

    Existing files are kept, so that it can run at each start. Passwords in the environment take precedence:
    POSTGRES_PASSWORD, WEB_DATABASE_PASSWORD and the like. Without settings/settings.key the settings that were entered
    in the browser cannot be read: `umbral backup` keeps a copy among the backups, and `umbral restore` puts it back.
    """
    load("subscriptions.bootstrap.new_secrets")
    from subscriptions.bootstrap.new_secrets import KEY, make_secrets, write_master_key

    try:
        if settings_key is not None:
            write_master_key(folder / "settings" / KEY, settings_key.read().strip())
        for name in make_secrets(folder, os.environ):
            print(f"{folder}/{name}")
    except UmbralError as error:
        return refuse("secrets", error)
    return 0
