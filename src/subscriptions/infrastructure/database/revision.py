"""Which migration a database is at, and whether anything is in it."""

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.database.errors import translate_errors


async def current_revision(engine: AsyncEngine) -> str | None:
    """The revision applied last, None for an empty database. Raises RetryLater where it cannot be reached."""
    with translate_errors():
        async with engine.connect() as connection:
            return await connection.run_sync(_revision)


async def tables_there(engine: AsyncEngine) -> bool:
    """Whether there are any tables, whosever. Raises RetryLater where it cannot be reached."""
    with translate_errors():
        async with engine.connect() as connection:
            return await connection.run_sync(lambda sync_connection: bool(inspect(sync_connection).get_table_names()))


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
