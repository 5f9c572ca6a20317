"""Digest of the rows of the whole database, by which two simulated years are compared."""

from __future__ import annotations

from tests.year.line import Line

OF_REAL_TIME = (
    "leases",
    "pgqueuer_log",
    "pgqueuer_schedules",
    "pgqueuer",
    "due_jobs",
    "variables",
    "alembic_version",
    "resources",
)
"""Tables that contain the time of the database's own clock, which the digest leaves out. Other checks cover their
content.
"""

OF_REAL_CHANCE = ("record_entries", "record_posts")
"""Tables with random salts and their hashes, which differ in each run. The digest leaves them out; the verification of
the record reads all of these tables.
"""

_NAMES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND NOT tablename = ANY($1)"
    " AND NOT starts_with(tablename, 'alembic_version_') ORDER BY tablename"
)


async def contents(connection: Line) -> str:
    """Return a digest of all rows of all tables except `OF_REAL_TIME` and `OF_REAL_CHANCE`."""
    parts = []
    for name in await connection.fetch(_NAMES, (*OF_REAL_TIME, *OF_REAL_CHANCE)):
        table = name["tablename"]
        digest = await connection.fetchval(
            "SELECT md5(coalesce(string_agg(line, '|' ORDER BY line), '')) "
            f"FROM (SELECT t::text AS line FROM {table} AS t) AS x"
        )
        parts.append(f"{table}={digest}")
    return " ".join(parts)
