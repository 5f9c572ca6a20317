"""The engine: one pool of connections per process."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from subscriptions.domain.errors import InvalidInput

_SCHEMES = ("postgres", "postgresql", "postgresql+asyncpg")


def create_engine(url: str, *, pool_size: int = 10, max_overflow: int = 10, application: str = "umbral") -> AsyncEngine:
    """An engine for `postgresql://user:password@host/database`; connects when first used.

    At most pool_size + max_overflow connections. A connection that died while it lay idle is replaced unnoticed.
    application: what `pg_stat_activity` shows. Raises InvalidInput("DATABASE_URL").
    """
    return create_async_engine(
        parse_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=15,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={
            "timeout": 10,
            "command_timeout": 60,
            "server_settings": {"timezone": "UTC", "application_name": application},
        },
        # Statements carry customers' data; an error's text must not.
        hide_parameters=True,
    )


def parse_url(url: str) -> URL:
    """The parts of a database address. Raises InvalidInput("DATABASE_URL") without repeating a password."""
    try:
        parsed = make_url(url.strip())
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.drivername not in _SCHEMES or not parsed.database:
        raise InvalidInput("DATABASE_URL", "must read postgresql://user:password@host:port/database")
    return parsed


def plain_dsn(url: str | URL) -> str:
    """The same address for the driver itself, password included: never to be logged."""
    parsed = parse_url(url) if isinstance(url, str) else url
    return parsed.set(drivername="postgresql").render_as_string(hide_password=False)
