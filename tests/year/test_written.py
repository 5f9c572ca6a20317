"""Check that the monitor of written tables names every written table, and no table that is only read."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from subscriptions.infrastructure.database.address import parse_url
from tests.support.postgres import Server
from tests.year.written import Written

WRITES = (
    "CREATE TABLE written (id int)",
    "INSERT INTO written VALUES (1)",
    "WITH gone AS (DELETE FROM written RETURNING id) SELECT * FROM gone",
)


async def test_monitor_names_a_table_after_each_write_but_not_after_a_read(postgres_server: Server) -> None:
    url = postgres_server.create()
    engine = create_async_engine(parse_url(url).set(drivername="postgresql+asyncpg"))
    written = Written(engine)
    try:
        async with engine.connect() as connection:
            for statement in WRITES:
                await connection.execute(text(statement))
                assert "written" in written.take(), statement
            await connection.execute(text("SELECT * FROM written"))
            assert "written" not in written.take()
    finally:
        await engine.dispose()
        postgres_server.drop(url)
