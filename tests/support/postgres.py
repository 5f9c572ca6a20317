"""The PostgreSQL server of a test run: a container if Docker is available, otherwise the server from the wheel.

With `NO_DOCKER=1`, the wheel's server is always used; see docs/testing.md.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import warnings
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import docker
from docker.errors import DockerException
from testcontainers.community.postgres import PostgresContainer

from subscriptions.infrastructure.database import known_time
from subscriptions.infrastructure.database.grants import role_of
from umbral.demo.postgres import EmbeddedPostgres

IMAGE = "postgres:18"
# The data of a test need not survive a power failure.
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}

Result = TypeVar("Result")


class Server:
    """Creator of databases on one PostgreSQL server."""

    def __init__(self, url: str) -> None:
        """Use a server. url: `postgresql://` URL of the superuser."""
        self._url = url
        self._names = (f"t{os.getpid()}_{number}" for number in itertools.count(1))

    def create(self, template: str = "template1") -> str:
        """Create a database as a copy of the template database and return its URL."""
        name = next(self._names)
        # The strategy WAL_LOG, which copies page by page, would take more than twice the processor time.
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))

    def drop(self, url: str) -> None:
        """Drop a database, even if it has open connections."""
        self.execute(f'DROP DATABASE "{database_name(url)}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """Run one statement as superuser."""
        in_own_thread(lambda: asyncio.run(_execute(self._url, statement)))


class Databases:
    """Pool of identical databases. They are emptied and reused, because creating a database takes longer than most
    tests. A connection to each is kept, because connecting takes longer than emptying.

    template: name of the database to copy, which must have no connections. The pool must be closed by `drop_all`.
    """

    def __init__(self, server: Server, template: str) -> None:
        self._server = server
        self._template = template
        self._clean: list[str] = []
        self._form = ""
        self._connections: dict[str, asyncpg.Connection] = {}
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._runner = asyncio.Runner()

    def take(self) -> str:
        """Return the URL of an empty database, which the caller uses exclusively."""
        if self._clean:
            return self._clean.pop()
        url = self._server.create(self._template)
        self._form = self._form or self._run(self._form_of(url))
        return url

    def give_back(self, url: str) -> None:
        """Empty a database, even if it has open connections, and return it to the pool. A database with a changed
        schema is dropped.
        """
        if self._run(self._emptied(url)):
            self._clean.append(url)
        else:
            self._drop(url)

    def drop_all(self) -> None:
        """Drop all unused databases."""
        while self._clean:
            self._drop(self._clean.pop())
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._thread.submit(self._runner.run, work).result()

    def _drop(self, url: str) -> None:
        self._run(self._disconnect(url))
        self._server.drop(url)

    async def _form_of(self, url: str) -> str:
        """Return a fingerprint of a database's tables, triggers, functions and settings, by which a changed schema is
        detected.
        """
        return str(await (await self._connection(url)).fetchval(_FORM))

    async def _emptied(self, url: str) -> bool:
        connection = await self._connection(url)
        try:
            await connection.execute(_OTHERS_GONE)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            # The test ended all sessions of its database.
            await self._disconnect(url)
            connection = await self._connection(url)
            await connection.execute(_OTHERS_GONE)
        if await connection.fetchval(_FORM) != self._form:
            return False
        await connection.execute(_EMPTY)
        return True

    async def _connection(self, url: str) -> asyncpg.Connection:
        if url not in self._connections:
            self._connections[url] = await asyncpg.connect(url)
        return self._connections[url]

    async def _disconnect(self, url: str) -> None:
        connection = self._connections.pop(url, None)
        if connection is not None:
            connection.terminate()


def database_name(url: str) -> str:
    """Return the name of the database in a URL."""
    return urlsplit(url).path.removeprefix("/")


def as_process(url: str, process: str) -> str:
    """Return the URL of the same database for one of the product's processes, with only the rights of that process."""
    login = role_of(process)
    address = urlsplit(url)
    return urlunsplit(address._replace(netloc=f"{login}:{login}@{address.hostname}:{address.port}"))


def judge_time(url: str, *, judges: bool = True) -> None:
    """Make a database refuse entries of the public record that are not dated now, as in an installation. With
    `judges=False`, make it accept any date, for tests with other clocks.
    """
    statement = known_time.statement() if judges else known_time.definition("'(,)'::tstzrange")
    in_own_thread(lambda: asyncio.run(_execute(url, statement)))


def in_own_thread(call: Callable[[], Result]) -> Result:
    """Run a function that starts an event loop, regardless of whether another event loop is running."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(call).result()


@contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    """Run an empty server while the block runs."""
    if docker_answers():
        # Use a random password, as for the embedded server, so that no text contains it by chance.
        container = PostgresContainer(IMAGE, username="umbral", password=token_hex(16), driver=None)
        container.with_command(" ".join(["postgres", *(f"-c {name}={value}" for name, value in QUICK.items())]))
        try:
            container.start()
        except DockerException as error:
            warnings.warn(f"Docker answers but cannot run {IMAGE}, using the embedded server: {error}", stacklevel=2)
        else:
            try:
                yield _welcoming(container.get_connection_url())
            finally:
                container.stop()
            return
    embedded = EmbeddedPostgres(folder, QUICK)
    try:
        embedded.start()
        yield _welcoming(embedded.url)
    finally:
        embedded.erase()


def _welcoming(url: str) -> Server:
    """Return the server after reducing its password verification from 4096 SCRAM rounds to 1, because tests connect
    thousands of times.
    """
    server = Server(url)
    server.execute(f"SET scram_iterations = 1; ALTER ROLE CURRENT_USER PASSWORD '{urlsplit(url).password}'")
    return server


def docker_answers() -> bool:
    """Return True if a Docker engine is available and NO_DOCKER is not set. Without an engine, the check takes
    milliseconds.
    """
    if os.environ.get("NO_DOCKER"):
        return False
    with warnings.catch_warnings():
        # If the engine does not respond, the client leaves its socket to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        answers = _docker_client_works()
        gc.collect()
    return answers


def _docker_client_works() -> bool:
    try:
        docker.from_env(timeout=5).close()
    except DockerException:
        return False
    return True


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


_FORM: Final = """
SELECT array_agg((made, many, changed) ORDER BY made)::text FROM (
    SELECT 'pg_namespace' AS made, count(*) AS many, sum(xmin::text::bigint) AS changed FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\\_%temp\\_%'
    UNION ALL
    SELECT 'pg_class', count(*), sum(xmin::text::bigint) FROM pg_class WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_attribute', count(*), sum(xmin::text::bigint) FROM pg_attribute WHERE attrelid >= 16384
    UNION ALL
    SELECT 'pg_constraint', count(*), sum(xmin::text::bigint) FROM pg_constraint WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_trigger', count(*), sum(xmin::text::bigint) FROM pg_trigger
    UNION ALL
    SELECT 'pg_proc', count(*), sum(xmin::text::bigint) FROM pg_proc WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_db_role_setting', count(*), sum(xmin::text::bigint) FROM pg_db_role_setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS parts
"""
"""Query for the transactions that last wrote each part of the system catalogs. A copy of a database has the
transactions of its template.
"""
_OTHERS_GONE: Final = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY: Final = """
DO $$
DECLARE found record;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR found IN SELECT oid::regclass AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> 'resources' AND NOT starts_with(relname, 'alembic_version') AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE 'DELETE FROM ' || found.name;
    END LOOP;
    -- Every database has two of them from its migration.
    DELETE FROM resources WHERE soft_id NOT IN ('personal', 'vip');
    -- Nor is the setup finished in a new one.
    DELETE FROM setup;
    INSERT INTO setup (id, tries) VALUES (1, 0);
    PERFORM setval(seqrelid::regclass, seqstart, false) FROM pg_sequence;
END $$
"""
