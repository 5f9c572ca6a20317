"""Rows that somebody with a stolen login of the database may have written, for the owner to look through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, literal_column, select, text
from sqlalchemy import table as table_of
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.database import grants
from subscriptions.infrastructure.database.errors import translate_errors

MOST_SHOWN: Final = 200
"""Maximum number of rows that are shown of a table."""
_UNEXPLAINED: Final = (
    "SELECT relation, login, to_char(min(at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS since, count(*) AS rows,"
    " {labels} AS labels FROM {log} WHERE NOT EXISTS"
    " (SELECT FROM audit_log WHERE audit_log.transaction = {log}.transaction)"
    " GROUP BY relation, login ORDER BY relation, login"
)


@dataclass(frozen=True, kw_only=True)
class Unexplained:
    """Rows that a login wrote in the last four weeks, without an entry of the audit log in the same transaction.

    labels: values that identify the rows; empty for deleted rows
    """

    table: str
    login: str
    rows: int
    since: str
    labels: str


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What to look through after a theft.

    added, deleted: rows that no use case wrote
    current: descriptions of the rows in force, keyed by table
    """

    added: Sequence[Unexplained]
    deleted: Sequence[Unexplained]
    current: Mapping[str, Sequence[str]]


async def look_through(engine: AsyncEngine) -> Findings:
    """Return what to look through after a theft. Raises RetryLater for a temporary database error.

    engine: engine with the login of the tables' owner
    """
    with translate_errors():
        async with engine.connect() as connection:
            current = {}
            for table, rights in grants.tables().items():
                if rights.watched is not None and rights.watched.shown:
                    query: Select[tuple[str]] = (
                        select(literal_column(rights.watched.shown).label("row"))
                        .select_from(table_of(table))
                        .where(text(rights.watched.current))
                        .order_by(text("1"))
                        .limit(MOST_SHOWN)
                    )
                    rows = await connection.execute(query)
                    current[table] = [row.row for row in rows]
            added, deleted = [
                [
                    Unexplained(
                        table=row.relation, login=row.login, rows=row.rows, since=row.since, labels=row.labels or ""
                    )
                    for row in await connection.execute(text(_UNEXPLAINED.format(log=log, labels=labels)))
                ]
                for log, labels in (("additions", "string_agg(DISTINCT label, ', ')"), ("deletions", "''"))
            ]
    return Findings(added=added, deleted=deleted, current=current)
