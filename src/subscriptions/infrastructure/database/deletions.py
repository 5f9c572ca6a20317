"""Recording of the rows that processes delete, and the query of deletions that no use case made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.alarms.watch_deletions import Deletion
from subscriptions.infrastructure.database import grants
from subscriptions.infrastructure.database.errors import translate_errors

_INSTALLED: Final = text(
    "SELECT relname, obj_description(pg_trigger.oid, 'pg_trigger') AS statement FROM pg_trigger"
    " JOIN pg_class ON pg_class.oid = tgrelid WHERE tgname = :name AND relnamespace = 'public'::regnamespace"
)
_EXPLAINED: Final = text(
    "UPDATE deletions SET checked = true WHERE NOT checked"
    " AND EXISTS (SELECT FROM audit_log WHERE audit_log.transaction = deletions.transaction)"
)
_UNEXPLAINED: Final = text(
    "SELECT login, relation, count(*) AS rows, min(id) AS first, max(id) AS last FROM deletions"
    " WHERE NOT checked GROUP BY login, relation ORDER BY min(id)"
)
_REPORTED: Final = text(
    "UPDATE deletions SET checked = true WHERE NOT checked AND login = :login AND relation = :relation"
    " AND id BETWEEN :first AND :last"
)


def install_triggers(connection: Connection) -> None:
    """Create the triggers of `grants.deletion_triggers` that are missing or differ, one table per transaction, so that
    no statement waits for more than one table. The comment of a trigger contains the statement that created it.

    connection: connection of the tables' owner, outside a transaction.
    """
    name = grants.DELETION_TRIGGER
    installed = {row.relname: row.statement for row in connection.execute(_INSTALLED, {"name": name})}
    connection.commit()
    for table, statement in grants.deletion_triggers().items():
        if installed.get(table) != statement:
            comment = statement.replace("'", "''")
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON public.{table}")
            connection.exec_driver_sql(statement)
            connection.exec_driver_sql(f"COMMENT ON TRIGGER {name} ON public.{table} IS '{comment}'")
            connection.commit()


@dataclass(frozen=True)
class SqlDeletions:
    """Query of the deletions in PostgreSQL that no use case made."""

    engine: AsyncEngine

    async def unexplained(self) -> Sequence[Deletion]:
        """Implements `Deletions.unexplained`. Raises RetryLater for a temporary database error."""
        with translate_errors():
            async with self.engine.begin() as connection:
                await connection.execute(_EXPLAINED)
                rows = await connection.execute(_UNEXPLAINED)
                return [
                    Deletion(login=row.login, table=row.relation, rows=row.rows, first=row.first, last=row.last)
                    for row in rows
                ]

    async def note_reported(self, deletion: Deletion) -> None:
        """Implements `Deletions.note_reported`. Raises RetryLater for a temporary database error."""
        parameters = {
            "login": deletion.login,
            "relation": deletion.table,
            "first": deletion.first,
            "last": deletion.last,
        }
        with translate_errors():
            async with self.engine.begin() as connection:
                await connection.execute(_REPORTED, parameters)
