"""`umbral restore`."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer

from subscriptions.domain.errors import UmbralError
from umbral.cli.commands import loaded
from umbral.cli.operating import moment, refused
from umbral.cli.options import EPILOG, application
from umbral.cli.progress import waiting

app = application()


@app.command(epilog=EPILOG)
def run(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="A file, or a name in BACKUP_TO; the newest there.")
    ] = None,
) -> int:
    """Bring a backup back into an EMPTY database, and its tables up to date.

    The database is the one in DATABASE_MIGRATION_URL, else in DATABASE_URL. Broken off anywhere it leaves it empty.
    """
    loaded("subscriptions.bootstrap.backups")
    from subscriptions.bootstrap import backups, migrate

    folder, name = os.path.split(file) if file is not None else ("", None)
    if folder and not folder.startswith("s3:"):
        os.environ["BACKUP_TO"] = folder
    try:
        with waiting("bringing it back"):
            backup, head = asyncio.run(backups.restore(os.environ, name))
        with waiting("migrations"):
            migrate.upgrade(migrate.url_of(os.environ), logins=migrate.logins_of(os.environ))
    except UmbralError as error:
        return refused("restore", error)
    print(f"{backup.name}: all as of {moment(head.made_at)} UTC, {sum(head.rows.values())} rows.")
    print("Start the processes: they see that time is missing, ask the providers what happened since, and tell you.")
    return 0
