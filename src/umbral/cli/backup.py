"""The command `umbral backup`, which creates, lists and verifies backups of the database."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from subscriptions.domain.errors import UmbralError
from umbral.terminal.listing import show, show_json
from umbral.terminal.loading import load
from umbral.terminal.operating import fail, moment, operate, refuse
from umbral.terminal.options import EPILOG, Json, application
from umbral.terminal.progress import progress

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import OperatorContainer

app = application()


@app.command(epilog=EPILOG)
def run(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The backup to verify; the latest by default.")
    ] = None,
    destination: Annotated[
        str | None, typer.Option("--to", metavar="DIR", help="Destination, instead of BACKUP_TO.")
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Test a restore of a backup elsewhere.")] = False,
    list_only: Annotated[bool, typer.Option("--list", help="List the backups; make none.")] = False,
    new_key: Annotated[bool, typer.Option("--new-key", help="Print a new key for BACKUP_KEY; make no backup.")] = False,
    public_key: Annotated[
        bool,
        typer.Option(
            "--public-key", help="Print the worker's half of BACKUP_KEY, which encrypts and signs but can't decrypt."
        ),
    ] = False,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="With --verify: accept a backup without this shop's signature.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Back up the database, encrypted, to the destination in BACKUP_TO, and delete old backups.

    The last line names the file. DATABASE_MIGRATION_URL, if given, is used instead of DATABASE_URL. Keep a copy of
    BACKUP_KEY elsewhere: without it no backup can be read.
    """
    backups = load("subscriptions.bootstrap.backups")
    if new_key:
        print(backups.new_key())
        return 0
    if public_key:
        try:
            print(backups.public_half(os.environ))
        except UmbralError as error:
            return refuse("backup", error)
        return 0
    if destination is not None:
        os.environ["BACKUP_TO"] = destination
    if list_only:
        return _list(as_json=as_json)
    if verify:
        return operate("backup", lambda container: _verify(container, name, is_unsigned=unsigned))
    return operate("backup", _make)


async def _make(container: OperatorContainer) -> int:
    from subscriptions.bootstrap.backups import keep_backups, keep_settings_key, open_backups, signs

    _log_aside()
    with progress("copying"):
        # First, so that the backup states that the copy of the key exists.
        await keep_settings_key(os.environ, container.core.units())
        backup = await keep_backups(os.environ, container.core.units(), container.core.clock()).make()
    if not signs(os.environ):
        print(
            "umbral backup: BACKUP_KEY can't sign, so this backup is restored with --unsigned alone; take what"
            " `umbral backup --public-key` prints where the private key is",
            file=sys.stderr,
        )
    print(os.path.join(open_backups(os.environ).location, backup.name))
    return 0


async def _verify(container: OperatorContainer, name: str | None, *, is_unsigned: bool) -> int:
    from subscriptions.bootstrap.backups import check_settings_key, keep_backups, open_backups

    _log_aside()
    backups = open_backups(os.environ, is_unsigned=is_unsigned)
    with progress("restoring"):
        backup = await backups.get(name)
        if is_unsigned:
            # Not recorded as a check: a restore without --unsigned may refuse this backup.
            await backups.verify(backup)
        else:
            keep = keep_backups(os.environ, container.core.units(), container.core.clock())
            problem = (await keep.verify(backup)).problem
        key_problem = await check_settings_key(os.environ, is_unsigned=is_unsigned)
    if not is_unsigned and problem:
        return fail("backup", f"{backup.name} can't be restored: {problem}")
    if key_problem:
        return fail("backup", f"the settings entered in the browser couldn't be read after a restore: {key_problem}")
    print(f"{backup.name} was restored, and holds the same data.")
    return 0


def _list(*, as_json: bool) -> int:
    from subscriptions.bootstrap.backups import open_backups

    try:
        backups = asyncio.run(open_backups(os.environ).all())
    except UmbralError as error:
        return refuse("backup", error)
    if as_json:
        show_json([{"name": each.name, "made_at": each.made_at.isoformat(), "bytes": each.size} for each in backups])
    else:
        show(("NAME", "OF (UTC)", "BYTES"), [(each.name, moment(each.made_at), str(each.size)) for each in backups])
    return 0


def _log_aside() -> None:
    """Send log messages to standard error, because standard output is reserved for the result."""
    import structlog

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
