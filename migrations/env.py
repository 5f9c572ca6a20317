"""How Alembic reaches the database: one connection, one transaction, one process at a time."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection, text

from subscriptions.infrastructure.database.engine import create_migration_engine
from subscriptions.infrastructure.database.tables import metadata

# Processes that start together all call for migrations: one does them, the others wait and find them done.
_LOCK = text("SELECT pg_advisory_xact_lock(7204911093186421)")


def _database_url() -> str:
    given = context.config.attributes.get("url")
    url = given or os.environ.get("DATABASE_MIGRATION_URL") or os.environ.get("DATABASE_URL")
    if not url:
        raise SystemExit("DATABASE_URL is missing: put postgresql://user:password@host/database there")
    return str(url)


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        connection.execute(_LOCK)
        context.run_migrations()
        after = context.config.attributes.get("after")
        if after is not None:
            after(connection)


async def _run() -> None:
    engine = create_migration_engine(_database_url())
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_migrate)
            await connection.commit()
    finally:
        await engine.dispose()


asyncio.run(_run())
