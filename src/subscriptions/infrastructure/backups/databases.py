"""Connections to the database for backups, and checks before and after a restore."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Final

import asyncpg

from subscriptions.domain.ports.backup_keeper import BackupFailed
from subscriptions.infrastructure.backups.errors import first_line
from subscriptions.infrastructure.database.address import connect_options, parse_url, plain_dsn
from subscriptions.infrastructure.database.errors import OWNER_URL, looked_for, translate_error

_TABLES: Final = """
SELECT relname, quote_ident(relname) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
_FOREIGN: Final = """
SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind IN ('r', 'v', 'm', 'S', 'p') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
"""
BEGUN: Final = "umbral_restore_begun"
"""Table that exists from the begin of a restore until its rows are committed. Whatever else a database with this table
holds was created by that restore.
"""
_IS_BEGUN: Final = f"SELECT to_regclass('public.{BEGUN}') IS NOT NULL"
_EMPTY: Final = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT oid::regclass AS name, relkind FROM pg_class
        WHERE relkind IN ('r', 'v') AND relnamespace = 'public'::regnamespace ORDER BY relkind DESC
    LOOP
        EXECUTE 'DROP ' || CASE found.relkind WHEN 'r' THEN 'TABLE ' ELSE 'VIEW ' END || found.name || ' CASCADE';
    END LOOP;
    FOR found IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('DROP ROUTINE %s CASCADE', found.name);
    END LOOP;
    FOR found IN SELECT format_type(t.oid, NULL) AS name FROM pg_type t WHERE typnamespace = 'public'::regnamespace
        AND typtype IN ('e', 'd') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('DROP TYPE %s CASCADE', found.name);
    END LOOP;
END $$
"""
_VERSIONS: Final = "alembic_version_"
_FEATURES: Final = """
SELECT relname, quote_ident(relname) AS quoted FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND starts_with(relname, $1) ORDER BY relname
"""
_DATABASE: Final = "SELECT oid FROM pg_database WHERE datname = current_database()"
_SCRATCHES: Final = """
SELECT datname FROM pg_database WHERE starts_with(datname, $1) AND pg_has_role(datdba, 'USAGE')
"""
_DROP: Final = 'DROP DATABASE IF EXISTS "{}" WITH (FORCE)'
_STAYS: Final = "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'"
"""Statement that disables the idle session timeout. PostgreSQL has had this setting since version 14; on an older
server, the statement changes nothing.
"""
_SERVER: Final = f"BACKUP_VERIFY_URL, or else {OWNER_URL}"
_REVISION: Final = "SELECT version_num FROM alembic_version"


@asynccontextmanager
async def connect(url: str, setting: str = OWNER_URL) -> AsyncIterator[asyncpg.Connection]:
    """Open a new connection to the database. Raises BackupFailed for any database error.

    setting: names of the settings that contain the address, for the error message
    """
    try:
        connection = await _connection(url, setting)
        try:
            yield connection
        finally:
            await connection.close()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise BackupFailed(f"the database says: {first_line(error)}") from error


async def _connection(url: str, setting: str) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(**connect_options(url, application_name="umbral backup"))
    except OSError as error:
        reason = translate_error(error) or "the database cannot be reached"
        raise BackupFailed(looked_for(str(reason), setting)) from error


@asynccontextmanager
async def snapshot(connection: asyncpg.Connection) -> AsyncIterator[str]:
    """Export a snapshot and yield its name. Other connections can use the snapshot inside the block to read the same
    data.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        # The transaction is idle while the dump is written.
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield str(await connection.fetchval("SELECT pg_export_snapshot()"))


async def revision(connection: asyncpg.Connection) -> str:
    """Return the schema revision of the database. Raises BackupFailed if the database was never migrated."""
    try:
        return str(await connection.fetchval(_REVISION))
    except asyncpg.UndefinedTableError:
        raise BackupFailed("the database has no tables of ours: nothing to back up") from None


async def feature_revisions(connection: asyncpg.Connection) -> Mapping[str, str]:
    """Return the schema revision of each feature with tables."""
    names = await connection.fetch(_FEATURES, _VERSIONS)
    found = {
        row["relname"].removeprefix(_VERSIONS): await connection.fetchval(f"SELECT version_num FROM {row['quoted']}")
        for row in names
    }
    return {name: str(version) for name, version in found.items() if version is not None}


async def rows(connection: asyncpg.Connection) -> Mapping[str, int]:
    """Return the number of rows per table."""
    tables = await connection.fetch(_TABLES)
    return {name: await connection.fetchval(f"SELECT count(*) FROM {table}") for name, table in tables}


async def note_begin(url: str) -> None:
    """Note in an empty database that a restore begins, and empty a database whose restore was interrupted."""
    async with connect(url) as connection, connection.transaction():
        if await connection.fetchval(_IS_BEGUN):
            await connection.execute(_EMPTY)
        await connection.execute(f"CREATE TABLE public.{BEGUN} ()")


class NotEmpty(BackupFailed):
    """Raised if the database into which a backup is to be restored is not empty."""


async def require_empty(url: str) -> None:
    """Raise NotEmpty, with a suggestion for the operator, if the database is not empty. A database whose restore was
    interrupted before its rows were committed counts as empty.
    """
    async with connect(url) as connection:
        foreign_table = 0 if await connection.fetchval(_IS_BEGUN) else await connection.fetchval(_FOREIGN)
    if foreign_table:
        name = parse_url(url).database
        raise NotEmpty(
            f"the database {name!r} is not empty ({foreign_table} tables and the like), and nothing was changed; make "
            "an empty one (CREATE DATABASE umbral_2) and name it in DATABASE_URL, or drop this one yourself if nothing "
            "in it counts"
        )


@asynccontextmanager
async def scratch(server: str) -> AsyncIterator[str]:
    """Create an empty database on the server, yield its address, and drop it at the end.

    Databases left by killed processes are dropped first, because each is as large as the original.
    """
    async with connect(server, _SERVER) as connection:
        # A running process holds the lock named after its database. PostgreSQL releases the lock when the process ends.
        await connection.execute(_STAYS)
        prefix = f"umbral_verify_{await connection.fetchval(_DATABASE)}_"
        for left_behind in await connection.fetch(_SCRATCHES, prefix):
            if await connection.fetchval(
                "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", left_behind["datname"]
            ):
                await connection.execute(_DROP.format(left_behind["datname"]))
        name = prefix + token_hex(4)
        await connection.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", name)
        try:
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        except asyncpg.InsufficientPrivilegeError:
            login = parse_url(server).username
            raise BackupFailed(
                f"{login} may not make the database to try it in: ALTER ROLE {login} CREATEDB, or name another server"
                " in BACKUP_VERIFY_URL"
            ) from None
        try:
            yield plain_dsn(parse_url(server).set(database=name))
        finally:
            async with connect(server, _SERVER) as other_connection:
                await other_connection.execute(_DROP.format(name))
