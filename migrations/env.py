"""Alembic environment: one connection, a transaction per revision, one process at a time."""

import asyncio
import os
import time

from alembic import context
from sqlalchemy import Connection, text

from subscriptions.infrastructure.database.engine import create_migration_engine
from subscriptions.infrastructure.database.online_changes import LOCK_TIMEOUT
from subscriptions.infrastructure.database.tables import metadata

# Processes that start together all request migrations: one runs them, the others wait and find them done. The advisory
# lock belongs to the session, because indexes built concurrently are created outside transactions. Waiting processes
# poll for the lock: a statement that waits holds a snapshot, and a concurrent index build waits for the end of every
# snapshot.
_TAKE_LOCK = text("SELECT pg_try_advisory_lock(7204911093186421)")
_GIVE_LOCK_BACK = text("SELECT pg_advisory_unlock(7204911093186421)")
_LOOK_AGAIN_S = 0.2
_SAY_AGAIN_S = 30.0


def _database_url() -> str:
    given = context.config.attributes.get("url")
    url = given or os.environ.get("DATABASE_MIGRATION_URL") or os.environ.get("DATABASE_URL")
    if not url:
        raise SystemExit("DATABASE_URL is missing: put postgresql://user:password@host/database there")
    return str(url)


def _migrate(connection: Connection) -> None:
    is_rehearsal = bool(context.config.attributes.get("is_rehearsal"))
    _wait_for_lock(connection)
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=not is_rehearsal,
        # Each feature has separate revisions and its own version table: subscriptions/bootstrap/migrate.py.
        version_table=context.config.attributes.get("version_table", "alembic_version"),
    )
    after = context.config.attributes.get("after")
    with context.begin_transaction():
        context.run_migrations()
        if after is not None:
            after(connection)
    connection.commit()
    connection.execute(_GIVE_LOCK_BACK)
    connection.commit()


def _wait_for_lock(connection: Connection) -> None:
    say = context.config.attributes.get("say")
    began, said = time.monotonic(), 0.0
    while not connection.execute(_TAKE_LOCK).scalar():
        connection.commit()
        if say is not None and time.monotonic() - said >= _SAY_AGAIN_S:
            said = time.monotonic()
            say(f"another process migrates this database: waiting for it since {said - began:.0f} s")
        time.sleep(_LOOK_AGAIN_S)


async def _run() -> None:
    engine = create_migration_engine(_database_url())
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_migrate)
    finally:
        await engine.dispose()


asyncio.run(_run())
