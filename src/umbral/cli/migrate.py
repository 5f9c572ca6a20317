"""`umbral migrate`."""

from __future__ import annotations

import os

from subscriptions.domain.errors import UmbralError
from umbral.cli.commands import loaded
from umbral.cli.operating import refused
from umbral.cli.options import EPILOG, application
from umbral.cli.progress import waiting

app = application()


@app.command(epilog=EPILOG)
def run() -> int:
    """Bring the database's tables up to date; harmless when they are.

    DATABASE_MIGRATION_URL, if given, is used instead of DATABASE_URL: for a role that may create tables.
    """
    loaded("subscriptions.bootstrap.migrate")
    from subscriptions.bootstrap import migrate

    try:
        url = migrate.url_of(os.environ)
        with waiting("migrations"):
            migrate.upgrade(url)
    except UmbralError as error:
        return refused("migrate", error)
    return 0
