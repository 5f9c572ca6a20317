"""The engine: one pool of connections per process."""

from collections.abc import Mapping
from time import monotonic
from typing import Any, Final

import asyncpg
from sqlalchemy import URL, event, make_url
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from subscriptions.domain.errors import InvalidInput

Engine = AsyncEngine
"""What a container holds, for whoever asks for it by its type."""
IDLE_SECONDS: Final = 5.0
"""After so long a connection is asked whether it lives; before, whether its end was heard of, which costs nothing."""
_IDLE_SINCE: Final = "umbral_left_at"
_SCHEMES = ("postgres", "postgresql", "postgresql+asyncpg")
_HIGHEST_PORT: Final = 65535
_OF_TOOLS: Final = frozenset({"channel_binding", "gssencmode", "options", "sslcert", "sslkey", "sslrootcert"})
"""What PostgreSQL's own tools read in an address, and our driver does not take."""


_THROUGH_A_POOLER: Final[Mapping[str, Any]] = {
    # What a connection prepared is elsewhere in the next transaction: each statement is, under no name, in its own.
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": str,
}


def create_engine(
    url: str, *, pool_size: int = 10, max_overflow: int = 10, application: str = "umbral", is_pooled: bool = False
) -> AsyncEngine:
    """An engine for `postgresql://user:password@host/database`; connects when first used.

    At most pool_size + max_overflow connections. A connection that died while it lay idle is replaced unnoticed.
    application: what `pg_stat_activity` shows. is_pooled: the address is that of PgBouncer or its like, which may lend
    connections by the transaction (pool_mode = transaction). Raises InvalidInput("DATABASE_URL").
    """
    engine = create_async_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=15,
        pool_recycle=1800,
        connect_args={
            "timeout": 10,
            "command_timeout": 60,
            "server_settings": {"timezone": "UTC", "application_name": application},
            **(_THROUGH_A_POOLER if is_pooled else {}),
        },
        # Statements carry customers' data; an error's text must not.
        hide_parameters=True,
    )
    _look_before_use(engine)
    if is_pooled:
        _begin_always(engine)
    else:
        begin_late(engine)
    return engine


def begin_late(engine: AsyncEngine) -> None:
    """Begin transactions with the first statement that is more than a look, and none where all are looks.

    Each statement reads what is committed by then, in a transaction or out of it; beginning and ending one are two
    trips to the database more.
    """

    def before_execute(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # Heard of only where nothing has begun yet.
        connection.connection.dbapi_connection.autocommit = _only_looks(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", before_execute)


def _begin_always(engine: AsyncEngine) -> None:
    """What would go without a transaction gets one of its own: sent in two steps, its second would go astray."""

    def before_execute(connection: Any, _cursor: Any, _statement: str, _: Any, context: Any, _many: bool) -> None:
        dbapi_connection = connection.connection.dbapi_connection
        if dbapi_connection.autocommit:
            dbapi_connection.isolation_level, context.umbral_alone = None, True

    def after_execute(connection: Any, _cursor: Any, _statement: str, _: Any, context: Any, _many: bool) -> None:
        if getattr(context, "umbral_alone", False):
            dbapi_connection = connection.connection.dbapi_connection
            dbapi_connection.commit()
            dbapi_connection.autocommit = True

    event.listen(engine.sync_engine, "before_cursor_execute", before_execute)
    event.listen(engine.sync_engine, "after_cursor_execute", after_execute)


async def is_pooled(url: str) -> bool:
    """Whether something that lends connections stands before the database: who answers is not whom we connected to.

    Raises InvalidInput("DATABASE_URL"), and what the driver raises where there is no connection.
    """
    connection = await asyncpg.connect(plain_dsn(url), timeout=10, statement_cache_size=0)
    try:
        async with connection.transaction():
            pid: int = await connection.fetchval("SELECT pg_backend_pid()")
        return bool(pid != connection.get_server_pid())
    finally:
        await connection.close()


def _only_looks(statement: str) -> bool:
    """Whether it neither writes nor locks; what calls the database's own functions may do either."""
    more = (" FOR ", "pg_", "nextval", "set_config")
    return statement.startswith("SELECT") and not any(word in statement for word in more)


def _look_before_use(engine: AsyncEngine) -> None:
    """As `pool_pre_ping`, which takes three trips to the database before each unit of work, as many as most units."""

    def on_checkin(_: Any, record: Any) -> None:
        record.info[_IDLE_SINCE] = monotonic()

    def on_checkout(connection: Any, record: Any, _: Any) -> None:
        if connection.driver_connection.is_closed():
            raise DisconnectionError("it was closed while nobody used it")
        if monotonic() - record.info.get(_IDLE_SINCE, monotonic()) > IDLE_SECONDS:
            _ping(engine.dialect, connection)

    event.listen(engine.sync_engine, "checkin", on_checkin)
    event.listen(engine.sync_engine, "checkout", on_checkout)


def _ping(dialect: Dialect, connection: Any) -> None:
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise DisconnectionError("it does not answer") from error


def parse_url(url: str) -> URL:
    """The parts of a database address. Raises InvalidInput("DATABASE_URL") without repeating a password."""
    try:
        url_parts = make_url(url.strip())
    except ArgumentError:
        url_parts = None
    readable = url_parts is not None and url_parts.drivername in _SCHEMES and (url_parts.port or 0) <= _HIGHEST_PORT
    if url_parts is None or not readable or not url_parts.database:
        raise InvalidInput("DATABASE_URL", "must read postgresql://user:password@host:port/database")
    if strange := sorted(_OF_TOOLS & url_parts.query.keys()):
        raise InvalidInput("DATABASE_URL", f"says {', '.join(strange)}, which is not known here; leave it out")
    return url_parts


def driver_url(url: str) -> URL:
    """The address as SQLAlchemy's engine reads it. Raises InvalidInput("DATABASE_URL")."""
    url_parts = parse_url(url)
    return url_parts.set(drivername="postgresql+asyncpg", query=_rename(url_parts, "sslmode", "ssl"))


def plain_dsn(url: str | URL) -> str:
    """The same address for the driver itself, password included: never to be logged."""
    url_parts = parse_url(url) if isinstance(url, str) else url
    query = _rename(url_parts, "ssl", "sslmode")
    return url_parts.set(drivername="postgresql", query=query).render_as_string(hide_password=False)


def _rename(url: URL, name: str, other: str) -> dict[str, str | tuple[str, ...]]:
    """The driver's call says `ssl` where addresses and PostgreSQL's own tools say `sslmode`."""
    return {(other if each == name else each): value for each, value in url.query.items()}


def tool_address(url: str) -> tuple[str, str]:
    """The address as PostgreSQL's own tools read it, without the password, which other users would see; and that."""
    url_parts = parse_url(url)
    bare = url_parts.set(drivername="postgresql", query=_rename(url_parts, "ssl", "sslmode"))._replace(password=None)
    return bare.render_as_string(hide_password=False), url_parts.password or ""
