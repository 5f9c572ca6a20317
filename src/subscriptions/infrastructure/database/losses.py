"""Detection of the data that a downgrade to an earlier migration would delete."""

from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import Connection, Select, column, func, select, table, text
from sqlalchemy.ext.asyncio import AsyncEngine

NOT_MISSED: Final = frozenset(
    {
        "customers.search_name",
        "due_jobs.cause",
        "kept_figures",
        "orders.cause",
        "process_features",
        "setup",
        "tallies",
    }
)
"""Tables and columns that a downgrade may drop without a warning. They only help to search and to display figures, or
the next upgrade restores them, so their loss does not affect sales.
"""

Columns = Mapping[str, Mapping[str, str | None]]
"""Columns keyed by table. The value of a column is its SQL default; None without a default."""

_COLUMNS = text(
    """
    SELECT c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
        AND NOT starts_with(c.relname, 'alembic_version')
    """
)


async def columns(engine: AsyncEngine) -> Columns:
    """Return all columns of the database, keyed by table."""
    async with engine.connect() as connection:
        return await connection.run_sync(columns_seen)


def columns_seen(connection: Connection) -> Columns:
    """Return all columns that a connection sees, keyed by table, including changes of its open transaction."""
    columns: dict[str, dict[str, str | None]] = {}
    for table_name, name, default in connection.execute(_COLUMNS):
        columns.setdefault(table_name, {})[name] = default
    return columns


async def losses(engine: AsyncEngine, columns_before: Columns, columns_after: Columns) -> Mapping[str, int]:
    """Return the number of rows with data for each `table` or `table.column` that is in `columns_before` and not in
    `columns_after`.

    A column with its default value counts as empty. Tables and columns without data are omitted.
    """
    async with engine.connect() as connection:
        counts = {
            name: (await connection.execute(query)).scalar_one()
            for table_name, its in columns_before.items()
            for name, query in _questions(table_name, its, columns_after.get(table_name))
            if name not in NOT_MISSED
        }
    return {name: count for name, count in counts.items() if count > 0}


def _questions(
    table_name: str, its: Mapping[str, str | None], columns: Mapping[str, str | None] | None
) -> Iterator[tuple[str, Select[int]]]:
    rows = select(func.count()).select_from(table(table_name))
    if columns is None:
        yield table_name, rows
        return
    for name, default in its.items():
        if name not in columns:
            yield f"{table_name}.{name}", rows.where(column(name).is_distinct_from(text(default or "NULL")))
