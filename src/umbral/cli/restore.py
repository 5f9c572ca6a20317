"""`umbral restore`."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer

from subscriptions.domain.errors import UmbralError
from umbral.cli.commands import load
from umbral.cli.operating import fail, moment, refuse
from umbral.cli.options import EPILOG, application
from umbral.cli.progress import waiting

app = application()


@app.command(epilog=EPILOG)
def run(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="A file, or a name in BACKUP_TO; the newest there.")
    ] = None,
    moved: Annotated[
        bool,
        typer.Option("--moved", help="A planned move: all processes were stopped before it was made."),
    ] = False,
) -> int:
    """Bring a backup back into an EMPTY database, and its tables up to date.

    The database is the one in DATABASE_MIGRATION_URL, else in DATABASE_URL. Broken off anywhere it leaves it empty.
    """
    load("subscriptions.bootstrap.backups")
    from subscriptions.bootstrap import backups, migrate

    folder, name = os.path.split(file) if file is not None else ("", None)
    if folder and not folder.startswith("s3:"):
        os.environ["BACKUP_TO"] = folder
    try:
        with waiting("bringing it back"):
            backup, head = asyncio.run(backups.restore(os.environ, name))
        with waiting("migrations"):
            migrate.upgrade(migrate.url_of(os.environ), logins=migrate.logins_of(os.environ))
        at_work = asyncio.run(backups.taken_for_moved(os.environ, head)) if moved else None
        if not moved or at_work is not None:
            asyncio.run(backups.distrust(os.environ))
    except UmbralError as error:
        return refuse("restore", error)
    print(f"{backup.name}: all as of {moment(head.made_at)} UTC, {sum(head.rows.values())} rows.")
    if at_work is not None:
        return fail(
            "restore",
            f"it is brought back, and not taken for moved: a process was at work at {moment(at_work)} UTC, when it was "
            "made. The processes will ask the providers what happened since; to move without that, stop them, make "
            "another backup and bring that one back",
        )
    if moved:
        print("Start the processes: they go on where they were stopped.")
        return 0
    print("Start the processes: they see that time is missing, ask the providers what happened since, and tell you.")
    print("Then `umbral keys list`: each key is held, for it may have been revoked since; `umbral keys confirm NAME`.")
    return 0
