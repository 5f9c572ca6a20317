"""The engine: one pool of connections per process."""

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
"""What a container holds, for whoever asks for it by its type."""
IDLE_SECONDS: Final = 5.0
"""After so long a connection is asked whether it lives; before, whether its end was heard of, which costs nothing."""
_IDLE_SINCE: Final = "umbral_left_at"


class TooDeep:
    """In place of JSON that is too deep to be read: its row cannot be, and the others of a list can."""


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        return TooDeep()


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
    arguments = connect_options(url, timezone="UTC", application_name=application)
    engine = _engine(
        url,
        {**arguments, "command_timeout": 60, **(_THROUGH_A_POOLER if is_pooled else {})},
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=15,
        pool_recycle=1800,
        # Statements carry customers' data; an error's text must not.
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
    """Return an engine for migrations: connections are not kept, and a statement may take its time.

    Raises InvalidInput("DATABASE_URL").
    """
    return _engine(url, connect_options(url), poolclass=NullPool)


def _engine(url: str, arguments: Mapping[str, Any], **options: Any) -> AsyncEngine:
    """Return an engine that connects with asyncpg's `arguments` instead of those SQLAlchemy makes of the address."""
    engine = create_async_engine(parse_url(url).set(drivername="postgresql+asyncpg"), **options)

    def on_connect(_dialect: Any, _record: Any, _positional: Any, named: dict[str, Any]) -> None:
        named.clear()
        named.update(arguments)

    event.listen(engine.sync_engine, "do_connect", on_connect)
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
    connection = await asyncpg.connect(**connect_options(url), statement_cache_size=0)
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
