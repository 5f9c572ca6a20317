"""Schema revision of a database, and checks around migrations."""

from typing import Final

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.online_changes import LOCK_TIMEOUT

_OLDEST_TRANSACTION: Final = text(
    "SELECT pid, application_name, ceil(extract(epoch FROM now() - xact_start))::int AS seconds FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND xact_start < now() - CAST(CAST(:least AS text) AS interval) ORDER BY xact_start LIMIT 1"
).bindparams(least=LOCK_TIMEOUT)
"""Query of the oldest open transaction. A transaction that held a lock during the whole lock timeout of a migration has
been open for at least that time.
"""


async def current_revision(engine: AsyncEngine) -> str | None:
    """Return the revision applied last; None for an empty database. Raises RetryLater if the database cannot be
    reached.
    """
    with translate_errors():
        async with engine.connect() as connection:
            return await connection.run_sync(_revision)


async def tables_there(engine: AsyncEngine) -> bool:
    """Return True if the database has any tables, whether they are Umbral's or not. Raises RetryLater if the database
    cannot be reached.
    """
    with translate_errors():
        async with engine.connect() as connection:
            return await connection.run_sync(lambda sync_connection: bool(inspect(sync_connection).get_table_names()))


async def name_blocker(engine: AsyncEngine) -> str:
    """Return a description of the transaction that has been open longest. It probably holds the lock that the migration
    waits for.

    Raises RetryLater if the database cannot be reached.
    """
    with translate_errors():
        async with engine.connect() as connection:
            row = (await connection.execute(_OLDEST_TRANSACTION)).one_or_none()
    if row is None:
        return "another transaction"
    return f"a transaction open for {row.seconds} s (process {row.pid}, {row.application_name or 'without a name'})"


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
