"""Everything the database holds, in one number."""

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
"""Tables in which the database's own clock is written; what is in them shows elsewhere."""

OF_REAL_CHANCE = ("record_entries", "record_posts")
"""Tables with salts, and hashes of them, that nobody may draw again; verifying the record reads all of them."""

_NAMES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND NOT tablename = ANY($1) ORDER BY tablename"


async def contents(connection: Line) -> str:
    """A digest of all rows of all tables."""
    parts = []
    for name in await connection.fetch(_NAMES, (*OF_REAL_TIME, *OF_REAL_CHANCE)):
        table = name["tablename"]
        digest = await connection.fetchval(
            "SELECT md5(coalesce(string_agg(line, '|' ORDER BY line), '')) "
            f"FROM (SELECT t::text AS line FROM {table} AS t) AS x"
        )
        parts.append(f"{table}={digest}")
    return " ".join(parts)
