"""Recording of the rows that processes delete, and of those that they add or change in watched tables, with the query
of records that no use case made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.alarms.watch_rows import RecordedRows
from subscriptions.infrastructure.database import grants
from subscriptions.infrastructure.database.errors import translate_errors

_INSTALLED: Final = text(
    "SELECT relname, obj_description(pg_trigger.oid, 'pg_trigger') AS statement FROM pg_trigger"
    " JOIN pg_class ON pg_class.oid = tgrelid WHERE tgname = :name AND relnamespace = 'public'::regnamespace"
)
_EXPLAINED: Final = (
    "UPDATE {log} SET checked = true WHERE NOT checked"
    " AND EXISTS (SELECT FROM audit_log WHERE audit_log.transaction = {log}.transaction)"
)
_UNEXPLAINED: Final = (
    "SELECT login, relation, count(*) AS rows, min(id) AS first, max(id) AS last FROM {log}"
    " WHERE NOT checked GROUP BY login, relation ORDER BY min(id)"
)
_REPORTED: Final = (
    "UPDATE {log} SET checked = true WHERE NOT checked AND login = :login AND relation = :relation"
    " AND id BETWEEN :first AND :last"
)


def install_triggers(connection: Connection) -> None:
    """Create the triggers of `grants` that record rows and are missing or differ, and drop those of tables whose rows
    are no longer recorded, one table per transaction, so that no statement waits for more than one table. The comment
    of a trigger contains the statement that created it.

    connection: connection of the tables' owner, outside a transaction.
    """
    for name, triggers in (
        (grants.DELETION_TRIGGER, grants.deletion_triggers()),
        (grants.ADDITION_TRIGGER, grants.addition_triggers()),
        (grants.CHANGE_TRIGGER, grants.change_triggers()),
    ):
        installed = {row.relname: row.statement for row in connection.execute(_INSTALLED, {"name": name})}
        connection.commit()
        for table in grants.tables():
            statement = triggers.get(table, "")
            if installed.get(table, "") == statement:
                continue
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON public.{table}")
            if statement:
                comment = statement.replace("'", "''")
                connection.exec_driver_sql(statement)
                connection.exec_driver_sql(f"COMMENT ON TRIGGER {name} ON public.{table} IS '{comment}'")
            connection.commit()


@dataclass(frozen=True)
class SqlRecords:
    """Query of the recorded rows in PostgreSQL that no use case wrote. log: table of the records."""

    engine: AsyncEngine
    log: str

    async def unexplained(self) -> Sequence[RecordedRows]:
        """Implements `RowRecords.unexplained`. Raises RetryLater for a temporary database error."""
        with translate_errors():
            async with self.engine.begin() as connection:
                await connection.execute(text(_EXPLAINED.format(log=self.log)))
                rows = await connection.execute(text(_UNEXPLAINED.format(log=self.log)))
                return [
                    RecordedRows(login=row.login, table=row.relation, rows=row.rows, first=row.first, last=row.last)
                    for row in rows
                ]

    async def note_reported(self, rows: RecordedRows) -> None:
        """Implements `RowRecords.note_reported`. Raises RetryLater for a temporary database error."""
        parameters = {
            "login": rows.login,
            "relation": rows.table,
            "first": rows.first,
            "last": rows.last,
        }
        with translate_errors():
            async with self.engine.begin() as connection:
                await connection.execute(text(_REPORTED.format(log=self.log)), parameters)
