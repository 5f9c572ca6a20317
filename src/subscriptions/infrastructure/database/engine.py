"""Database engine, with one connection pool per process."""

import json
from collections.abc import Mapping
from time import monotonic
from typing import Any, Final

import asyncpg
from sqlalchemy import NullPool, event
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from subscriptions.infrastructure.database.address import connect_options, parse_url

Engine = AsyncEngine
"""Type of the engine in the dependency container."""
IDLE_SECONDS: Final = 5.0
"""Seconds of idle time after which a connection is pinged before use. After less idle time, only its locally known
state is checked, which needs no round trip.
"""
_IDLE_SINCE: Final = "umbral_left_at"


class TooDeep:
    """Placeholder for JSON nested too deeply to parse. The row with this value is unreadable; other rows of the list
    stay readable.
    """


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        return TooDeep()


_THROUGH_A_POOLER: Final[Mapping[str, Any]] = {
    # Behind a pooler, the next transaction may use another server connection, which lacks the prepared statement. So
    # each statement is prepared without a name inside its own transaction.
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": str,
}


def create_engine(
    url: str, *, pool_size: int = 10, max_overflow: int = 10, application: str = "umbral", is_pooled: bool = False
) -> AsyncEngine:
    """Create an engine for `postgresql://user:password@host/database`. It connects on first use.

    At most pool_size + max_overflow connections are open. A connection that broke while idle is replaced silently.
    Raises InvalidInput("DATABASE_URL") if the address is invalid.

    application: name shown in `pg_stat_activity`
    is_pooled: the address is that of PgBouncer or a similar pooler, which may assign connections per transaction
        (pool_mode = transaction)
    """
    arguments = connect_options(url, timezone="UTC", application_name=application)
    engine = _engine(
        url,
        {**arguments, "command_timeout": 60, **(_THROUGH_A_POOLER if is_pooled else {})},
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=15,
        pool_recycle=1800,
        # Error messages must not contain statements, because statements contain customers' data.
        hide_parameters=True,
        json_deserializer=_read_json,
    )
    _look_before_use(engine)
    if is_pooled:
        _begin_always(engine)
    else:
        begin_late(engine)
    return engine


def create_migration_engine(url: str) -> AsyncEngine:
    """Create an engine for migrations, without a connection pool or a statement timeout.

    Raises InvalidInput("DATABASE_URL") if the address is invalid.
    """
    return _engine(url, connect_options(url), poolclass=NullPool)


def _engine(url: str, arguments: Mapping[str, Any], **options: Any) -> AsyncEngine:
    """Create an engine that connects with the given arguments of asyncpg instead of those that SQLAlchemy derives from
    the address.
    """
    engine = create_async_engine(parse_url(url).set(drivername="postgresql+asyncpg"), **options)

    def on_connect(_dialect: Any, _record: Any, _positional: Any, named: dict[str, Any]) -> None:
        named.clear()
        named.update(arguments)

    event.listen(engine.sync_engine, "do_connect", on_connect)
    return engine


def begin_late(engine: AsyncEngine) -> None:
    """Start a transaction only at the first statement that writes or locks.

    Statements before it see the data committed at their time, with or without a transaction, and starting and ending a
    transaction would cost two round trips.
    """

    def before_execute(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # Autocommit can be switched only while no transaction is open.
        connection.connection.dbapi_connection.autocommit = _only_looks(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", before_execute)


def _begin_always(engine: AsyncEngine) -> None:
    """Wrap each statement that runs outside a transaction in a separate transaction. Otherwise a pooler could send the
    two protocol steps of the statement to different connections.
    """

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
    """Return True if a connection pooler is in front of the database. A pooler is recognized by the server process that
    answers, which differs from the process that accepted the connection.

    Raises InvalidInput("DATABASE_URL") if the address is invalid, and the driver's errors if the connection fails.
    """
    connection = await asyncpg.connect(**connect_options(url), statement_cache_size=0)
    try:
        async with connection.transaction():
            pid: int = await connection.fetchval("SELECT pg_backend_pid()")
        return bool(pid != connection.get_server_pid())
    finally:
        await connection.close()


def _only_looks(statement: str) -> bool:
    """Return True if a statement neither writes nor locks. A statement that calls a database function may do either, so
    the result is False.
    """
    more = (" FOR ", "pg_", "nextval", "set_config")
    return statement.startswith("SELECT") and not any(word in statement for word in more)


def _look_before_use(engine: AsyncEngine) -> None:
    """Check connections before use. `pool_pre_ping` would do the same with three round trips before each unit of work,
    which is as many as most units need themselves.
    """

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
