"""Loading of a backup's rows into tables that Umbral's own migrations created.

Only rows and the positions of sequences are taken from a backup. pg_restore writes them as text, and no statement of
that text is executed: every statement is built here, for the tables and columns of the database. So a view, trigger,
function or statement in a backup has no effect, whoever made the backup.
"""

import re
from collections.abc import AsyncIterator, Collection, Mapping
from secrets import token_hex
from typing import Final, Protocol

import asyncpg

from subscriptions.domain.ports.backup_keeper import BackupFailed
from subscriptions.infrastructure.backups import databases
from subscriptions.infrastructure.backups.databases import BEGUN
from subscriptions.infrastructure.backups.errors import Unreadable

_END: Final = b"\\."
_CHUNK: Final = 256 * 1024
_NAME: Final = r'(?:"((?:[^"]|"")+)"|([a-z_][a-z0-9_$]*))'
_COPY: Final = re.compile(rf"COPY public\.{_NAME} \((.*)\) FROM stdin;")
_COLUMN: Final = re.compile(_NAME)
_SEQUENCE: Final = re.compile(r"SELECT pg_catalog\.setval\('public\.([\w$]+)', (-?\d+), (true|false)\);")
_HARMLESS: Final = re.compile(r"(--.*|SET \w+ = [^;]*;|SELECT pg_catalog\.set_config\('search_path', '', false\);)?")
_RESTRICTED: Final = re.compile(r"\\(un)?restrict \w+")
"""Commands of psql that pg_restore writes since the security releases of August 2025."""
_TABLES: Final = """
SELECT relname, array_agg(attname) AS columns FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped AND relname <> $1
GROUP BY relname
"""
_SEQUENCES: Final = """
SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
"""
_CONSTRAINTS: Final = """
SELECT quote_ident(relname) AS table, quote_ident(conname) AS name, pg_get_constraintdef(k.oid) AS definition
FROM pg_constraint k JOIN pg_class ON pg_class.oid = conrelid
WHERE relnamespace = 'public'::regnamespace AND conparentid = 0
    AND (contype = 'f' OR contype = 'c' AND NOT convalidated)
"""
"""Query of the constraints that rows satisfy only together, or need not satisfy."""
_IS_SUPERUSER: Final = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
_DEFINITIONS: Final = """
SELECT kind, name, definition FROM (
    SELECT 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid) || coalesce(p.proacl::text, '')
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'trigger', c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid) || t.tgenabled::text
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'event trigger', evtname, evtfoid::regproc::text || evtenabled::text FROM pg_event_trigger
    UNION ALL
    SELECT 'view', c.relname, pg_get_viewdef(c.oid) FROM pg_class c
    WHERE c.relkind IN ('v', 'm') AND c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'rule', tablename || '.' || rulename, r.definition FROM pg_rules r WHERE schemaname = 'public'
    UNION ALL
    SELECT 'policy', tablename || '.' || policyname, p::text FROM pg_policies p WHERE schemaname = 'public'
    UNION ALL
    SELECT 'grant', c.relname, concat(c.relkind, pg_get_userbyid(c.relowner), c.relrowsecurity)
        || coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))::text
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> $1
    UNION ALL
    SELECT 'grant', c.relname || '.' || a.attname, a.attacl::text
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND a.attacl IS NOT NULL
    UNION ALL
    SELECT 'constraint', c.relname || '.' || k.conname, pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE c.relnamespace = 'public'::regnamespace
) AS made (kind, name, definition)
"""
"""Query of everything in the database that is no row: what a restore must leave as the migrations made it."""


class Lines(Protocol):
    """Text that is read line by line."""

    def readline(self) -> bytes: ...


async def load_rows(text: Lines, url: str, rows: Mapping[str, int]) -> None:
    """Replace all rows of the database by those in the text of pg_restore, in one transaction, which is committed only
    if every table then has the number of rows in `rows`.

    The rows are written by a role without superuser rights, whatever login the address names. Raises BackupFailed.
    """
    async with databases.connect(url) as connection, connection.transaction():
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0")
        found = await connection.fetch(_TABLES, BEGUN)
        tables = {row["relname"]: frozenset(row["columns"]) for row in found}
        before = await _definitions(connection)
        constraints = await connection.fetch(_CONSTRAINTS)
        await _set_aside(connection, tables, constraints)
        positions = await _copy(connection, text, tables)
        await _put_back(connection, tables, constraints)
        for name, (position, is_called) in positions.items():
            await connection.execute("SELECT setval($1::text::regclass, $2, $3)", f"public.{name}", position, is_called)
        if changed := await _changes(connection, before):
            raise Unreadable(f"loading it changed more than rows: {', '.join(changed)}")
        loaded = await databases.rows(connection)
        if {name: loaded[name] for name in tables} != {name: rows.get(name, 0) for name in tables}:
            raise Unreadable("brought back, it does not hold what it was made of")
        await connection.execute(f"DROP TABLE IF EXISTS public.{BEGUN}")


async def _definitions(connection: asyncpg.Connection) -> Mapping[tuple[str, str], str]:
    return {(row["kind"], row["name"]): row["definition"] for row in await connection.fetch(_DEFINITIONS, BEGUN)}


async def _changes(connection: asyncpg.Connection, before: Mapping[tuple[str, str], str]) -> Collection[str]:
    after = await _definitions(connection)
    return [
        f"{kind} {name}"
        for kind, name in sorted({*before, *after})
        if before.get((kind, name)) != after.get((kind, name))
    ]


async def _set_aside(
    connection: asyncpg.Connection, tables: Collection[str], constraints: Collection[asyncpg.Record]
) -> None:
    for each in constraints:
        await connection.execute(f"ALTER TABLE public.{each['table']} DROP CONSTRAINT {each['name']}")
    for table in tables:
        await connection.execute(f"ALTER TABLE public.{_quoted(table)} DISABLE TRIGGER USER")
    await connection.execute(f"TRUNCATE {', '.join(f'public.{_quoted(table)}' for table in tables)}")


async def _put_back(
    connection: asyncpg.Connection, tables: Collection[str], constraints: Collection[asyncpg.Record]
) -> None:
    for table in tables:
        await connection.execute(f"ALTER TABLE public.{_quoted(table)} ENABLE TRIGGER USER")
    for each in constraints:
        await connection.execute(
            f"ALTER TABLE public.{each['table']} ADD CONSTRAINT {each['name']} {each['definition']}"
        )


async def _copy(
    connection: asyncpg.Connection, text: Lines, tables: Mapping[str, frozenset[str]]
) -> Mapping[str, tuple[int, bool]]:
    """Load the rows, and return the position of each sequence, and whether that number was given out."""
    role = await _lower(connection, tables)
    sequences = {row["relname"] for row in await connection.fetch(_SEQUENCES)}
    positions = {}
    while line := text.readline():
        statement = line.decode(errors="replace").rstrip("\n")
        if match := _COPY.fullmatch(statement):
            table, columns = _unquoted(match[1], match[2]), [_unquoted(*each) for each in _COLUMN.findall(match[3])]
            if table not in tables:
                async for _ in _rows(text):
                    continue
            elif not tables[table].issuperset(columns):
                raise Unreadable(f"its table {table} has other columns than those that this version creates")
            else:
                await connection.copy_to_table(table, source=_rows(text), columns=columns, schema_name="public")
        elif match := _SEQUENCE.fullmatch(statement):
            if match[1] in sequences:
                positions[match[1]] = int(match[2]), match[3] == "true"
        elif not _HARMLESS.fullmatch(statement) and not _RESTRICTED.fullmatch(statement):
            raise Unreadable("it holds statements where only rows may be")
    await connection.execute("RESET ROLE")
    if role:
        await connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    return positions


async def _lower(connection: asyncpg.Connection, tables: Collection[str]) -> str:
    """Give up the rights of a superuser until RESET ROLE. Return the role created for this, or an empty string if the
    login is no superuser.
    """
    if not await connection.fetchval(_IS_SUPERUSER):
        return ""
    role = f"umbral_restore_{token_hex(4)}"
    await connection.execute(f"CREATE ROLE {role} NOLOGIN BYPASSRLS; GRANT USAGE ON SCHEMA public TO {role}")
    for table in tables:
        await connection.execute(f"GRANT SELECT, INSERT ON public.{_quoted(table)} TO {role}")
    await connection.execute(f"SET LOCAL ROLE {role}")
    return role


async def _rows(text: Lines) -> AsyncIterator[bytes]:
    """Yield the rows up to the end of a table's data."""
    pieces, size = list[bytes](), 0
    while (line := text.readline()).rstrip(b"\n") != _END:
        if not line:
            raise BackupFailed("the rows of a table have no end")
        pieces.append(line)
        size += len(line)
        if size >= _CHUNK:
            yield b"".join(pieces)
            pieces, size = [], 0
    if pieces:
        yield b"".join(pieces)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _unquoted(quoted: str | None, plain: str | None) -> str:
    return quoted.replace('""', '"') if quoted else plain or ""
