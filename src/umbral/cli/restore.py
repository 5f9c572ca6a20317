"""The command `umbral restore`, which restores a backup into an empty database."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from subscriptions.domain.errors import UmbralError
from umbral.terminal.loading import load
from umbral.terminal.operating import fail, moment, refuse
from umbral.terminal.options import EPILOG, application
from umbral.terminal.progress import progress

if TYPE_CHECKING:
    from subscriptions.bootstrap.backups import Head

app = application()


@app.command(epilog=EPILOG)
def run(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="A file, or a name in BACKUP_TO; the latest one by default.")
    ] = None,
    planned_move: Annotated[
        bool,
        typer.Option("--moved", help="For a planned move: all processes were stopped before the backup was made."),
    ] = False,
    unsigned: Annotated[
        bool,
        typer.Option("--unsigned", help="Accept a backup without this shop's signature, such as one of version 1.0.0."),
    ] = False,
) -> int:
    """Restore a backup into an EMPTY database, and migrate its tables.

    Umbral creates the tables; only their rows come from the backup, so nothing in it is executed.

    The database is the one in DATABASE_MIGRATION_URL, else in DATABASE_URL. Interrupted while the backup is read, it
    leaves the database empty; interrupted later, the same command continues.
    """
    load("subscriptions.bootstrap.backups")
    from subscriptions.bootstrap import backups, migrate
    from subscriptions.bootstrap.sealed_settings import seal_for_readers

    folder, name = os.path.split(file) if file is not None else ("", None)
    if folder and not folder.startswith("s3:"):
        os.environ["BACKUP_TO"] = folder
    try:
        with progress("restoring"):
            as_of, head = _bring_back(name, is_move=planned_move, is_unsigned=unsigned)
            has_key = asyncio.run(backups.put_back_settings_key(os.environ, is_unsigned=unsigned))
        with progress("migrations"):
            url, logins = migrate.url_of(os.environ), migrate.logins_of(os.environ)
            migrate.upgrade(url, logins=logins, clock_moves=migrate.clock_moves(os.environ))
        if has_key is not None:
            asyncio.run(seal_for_readers(os.environ))
        at_work = asyncio.run(backups.taken_for_moved(os.environ, head)) if planned_move and head is not None else None
        if not planned_move or at_work is not None:
            asyncio.run(backups.distrust(os.environ))
    except UmbralError as error:
        return refuse("restore", error)
    print(as_of)
    if has_key is False:
        print(
            f"{backups.SETTINGS_KEY} isn't among the backups. If settings were entered in the browser, put back your"
            " copy of settings.key: umbral secrets FOLDER --settings-key FILE",
            file=sys.stderr,
        )
    if at_work is not None:
        return fail(
            "restore",
            f"it was restored, but not as a planned move: a process was running at {moment(at_work)} UTC, when it was "
            "made. The processes will ask the providers what happened since; to move without that, stop them, make "
            "another backup and restore that one",
        )
    if planned_move:
        print("Start the processes: they continue where they stopped.")
        return 0
    print(
        "Start the processes: they detect the missing time, ask the providers what happened since, and report to you."
    )
    print(
        "Then run `umbral keys list`: every API key is on hold, because it may have been revoked since;"
        " enable it with `umbral keys confirm NAME`."
    )
    return 0


def _bring_back(name: str | None, *, is_move: bool, is_unsigned: bool) -> tuple[str, Head | None]:
    """Restore a backup, and return a message about the backup and the backup's header. The header is None if an
    earlier, interrupted run has already restored the backup. Raises the same errors as `backups.restore`.
    """
    from subscriptions.bootstrap import backups

    try:
        backup, head = asyncio.run(backups.restore(os.environ, name, is_unsigned=is_unsigned))
    except backups.NotEmpty:
        made_at = None if is_move else asyncio.run(backups.database_restored(os.environ))
        if made_at is None:
            raise
        return f"An earlier run restored it but was interrupted: all as of {moment(made_at)} UTC.", None
    return f"{backup.name}: all as of {moment(head.made_at)} UTC, {sum(head.rows.values())} rows.", head
