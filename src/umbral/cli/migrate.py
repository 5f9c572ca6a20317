"""The command `umbral migrate`, which migrates the database's tables."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Annotated

import typer

from subscriptions.domain.errors import UmbralError
from umbral.cli.asking import ask
from umbral.terminal.loading import load
from umbral.terminal.operating import fail, refuse
from umbral.terminal.options import EPILOG, application
from umbral.terminal.progress import progress

app = application()


@app.command(epilog=EPILOG)
def run(
    revision: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="REVISION",
            help="Migrate up or down to this revision; going down asks twice, and is refused if data would be lost.",
        ),
    ] = "head",
) -> int:
    """Migrate the database's tables to the current version, and grant each process its permissions. Idempotent.

    DATABASE_MIGRATION_URL, if given, is used instead of DATABASE_URL: for a role that may create tables. A downgrade to
    an earlier revision is only done if it loses no data.
    """
    load("subscriptions.bootstrap.migrate")
    from subscriptions.bootstrap import migrate
    from subscriptions.bootstrap.sealed_settings import KEY_FILE, seal_for_readers

    try:
        url = migrate.url_of(os.environ)
        if revision != "head" and migrate.goes_back(url, revision):
            return _downgrade(url, revision)
        with progress("migrations"):
            logins, clock_moves = migrate.logins_of(os.environ), migrate.clock_moves(os.environ)
            upgrades = migrate.upgrade(url, revision, logins=logins, say=_say, clock_moves=clock_moves)
        for sentence in upgrades:
            print(sentence)
        if os.environ.get(KEY_FILE, "").strip() and revision == "head":
            asyncio.run(seal_for_readers(os.environ))
    except UmbralError as error:
        return refuse("migrate", error)
    return 0


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _downgrade(url: str, revision: str) -> int:
    from subscriptions.bootstrap import migrate

    would_lose = migrate.would_lose(url, revision)
    if would_lose:
        tables_text = ", ".join(f"{name} ({count} rows)" for name, count in sorted(would_lose.items()))
        return fail("migrate", f"going back to {revision} would lose the data in {tables_text}; nothing was changed")
    print("Stop bot, web, worker and userbot first: this version doesn't run on the earlier tables.")
    try:
        sure = ask("To go back, type yes: ") == "yes" and ask(f"Type the revision again, {revision}: ") == revision
    except EOFError:
        sure = False
    if not sure:
        return fail("migrate", "not confirmed; nothing was changed")
    with progress("migrations"):
        migrate.downgrade(url, revision)
    print(f"The tables are at revision {revision}.")
    return 0
