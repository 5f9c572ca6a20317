"""The PostgreSQL server of a test run: a container where Docker answers, else one from the wheel.

`NO_DOCKER=1` takes the one from the wheel even so; CONTRIBUTING.md says so to whoever runs the tests.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import docker
from docker.errors import DockerException
from testcontainers.community.postgres import PostgresContainer

from subscriptions.infrastructure.database import known_time
from subscriptions.infrastructure.database.grants import role_of
from umbral.demo.postgres import EmbeddedPostgres

IMAGE = "postgres:18"
# Nothing in a test has to survive a power cut.
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}

Result = TypeVar("Result")


class Server:
    """Makes and drops databases on one server."""

    def __init__(self, url: str) -> None:
        """Take the superuser's `postgresql://` address."""
        self._url = url
        self._names = (f"t{os.getpid()}_{number}" for number in itertools.count(1))

    def create(self, template: str = "template1") -> str:
        """The address of a new database, a copy of the database of that name."""
        name = next(self._names)
        # As files: page by page, as the server would, takes it more than twice the time of a processor.
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self.execute(f'DROP DATABASE "{database_name(url)}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """Run one statement as superuser."""
        in_own_thread(lambda: asyncio.run(_execute(self._url, statement)))


class Databases:
    """Databases that are all alike: used again when they are empty again, for making one takes longer than most tests.

    template: the database they are copies of; nobody may be connected to it. Close it with `drop_all`.
    """

    def __init__(self, server: Server, template: str) -> None:
        self._server = server
        self._template = template
        self._clean: list[str] = []
        self._form = ""

    def take(self) -> str:
        """The address of one that is empty; it belongs to the caller."""
        if self._clean:
            return self._clean.pop()
        url = self._server.create(self._template)
        self._form = self._form or in_own_thread(lambda: asyncio.run(_form(url)))
        return url

    def give_back(self, url: str) -> None:
        """Empty it, whoever is still connected to it; one that was given another form is dropped."""
        if in_own_thread(lambda: asyncio.run(_emptied(url, self._form))):
            self._clean.append(url)
        else:
            self._server.drop(url)

    def drop_all(self) -> None:
        """Drop those that nobody has."""
        while self._clean:
            self._server.drop(self._clean.pop())


def database_name(url: str) -> str:
    """The last part of the address."""
    return urlsplit(url).path.removeprefix("/")


def as_process(url: str, process: str) -> str:
    """The address of the same database for one of our processes, with no more rights than that has."""
    login = role_of(process)
    place = urlsplit(url)
    return urlunsplit(place._replace(netloc=f"{login}:{login}@{place.hostname}:{place.port}"))


def judge_time(url: str, *, judges: bool = True) -> None:
    """Have a database refuse entries of records that are not dated now, as an installation's does; or take them at any
    time, for tests whose clocks stand at another."""
    statement = known_time.statement() if judges else known_time.definition("'(,)'::tstzrange")
    in_own_thread(lambda: asyncio.run(_execute(url, statement)))


def in_own_thread(call: Callable[[], Result]) -> Result:
    """Run something that starts an event loop, from inside or outside another loop."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(call).result()


@contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    """A server with nothing in it, stopped at the end."""
    if docker_answers():
        # Like the embedded server's: a password that is in no text by chance.
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
    """The server, with a password that is proven in 1 round of 4096: tests connect thousands of times."""
    server = Server(url)
    server.execute(f"SET scram_iterations = 1; ALTER ROLE CURRENT_USER PASSWORD '{urlsplit(url).password}'")
    return server


def docker_answers() -> bool:
    """Whether there is a Docker engine, and NO_DOCKER is not set; costs milliseconds when there is none."""
    if os.environ.get("NO_DOCKER"):
        return False
    with warnings.catch_warnings():
        # The client leaves its socket to the garbage collector when nobody answers.
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
) AS parts
"""
"""By which transactions each part of the catalogs was written; a copy has its template's."""
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
        AND relname NOT IN ('alembic_version', 'resources') AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE 'DELETE FROM ' || found.name;
    END LOOP;
    -- Every database has two of them from its migration.
    DELETE FROM resources WHERE soft_id NOT IN ('personal', 'vip');
    PERFORM setval(seqrelid::regclass, seqstart, false) FROM pg_sequence;
END $$
"""


async def _form(url: str) -> str:
    """What tells whether a database still has the tables, rules and rights it was made with."""
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval(_FORM))
    finally:
        await connection.close()


async def _emptied(url: str, form: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_OTHERS_GONE)
        if await connection.fetchval(_FORM) != form:
            return False
        await connection.execute(_EMPTY)
    finally:
        await connection.close()
    return True
