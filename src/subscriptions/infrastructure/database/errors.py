"""Translation of database errors into errors of the domain."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from socket import gaierror
from ssl import SSLCertVerificationError, SSLError
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from subscriptions.domain.entities.spoken import phrase
from subscriptions.domain.errors import InvalidInput, RetryLater

_UNIQUE_VIOLATION: Final = "23505"
A_LOCK: Final = "a lock"
"""Value of `ConflictingWrite.constraint` for a lock timeout or a deadlock."""
_RACES: Final = frozenset({"40001", "40P01", "55P03"})
_CONNECTION_LOST: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "25006", "25P03", "25P04", "40003", "72000"})
_SHORT_OF: Final[Mapping[str, tuple[str, str]]] = {
    "53100": ("database_disk_full", "the database's disk is full"),
    "53200": ("database_memory", "the database is out of memory"),
    "53300": ("database_connections", "the database takes no further connection"),
    "53": ("database_limit", "the database has reached a limit of its own"),
    "57014": ("database_slow", "the database took longer than it may"),
    "58": ("database_files", "the database cannot use its files"),
}
"""Alarm and message for each resource that the server may lack, keyed by SQLSTATE or class of SQLSTATE, the more
specific first. No statement causes these errors, and an administrator can resolve all of them:
postgresql.org/docs/current/errcodes-appendix.html.
"""

TROUBLES: Final = frozenset(alarm for alarm, _ in _SHORT_OF.values())
"""Alarms about resources that the database server lacks."""
# InternalClientError: the server closed the connection between two steps of the driver.
_BROKEN_OFF: Final = "8s2b"
"""SQLAlchemy's code for a transaction whose connection was closed, because a time limit canceled its statement."""
_UNREACHABLE: Final = (
    ConnectionError,
    SSLError,
    TimeoutError,
    gaierror,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
_REFUSES_TLS: Final = "rejected SSL upgrade"
"""Message of asyncpg for a server without TLS. asyncpg has no separate type for this error."""

# Errors raised while connecting are not wrapped by SQLAlchemy.
_DATABASE_ERRORS: Final = (SQLAlchemyError, *_UNREACHABLE, asyncpg.PostgresError)

OWNER_URL: Final = "DATABASE_MIGRATION_URL, or else DATABASE_URL,"
"""Names of the settings with the database address of the tables' owner, as written in error messages."""

_NO_ENTRY: Final = {
    "28000": phrase("its user may not enter", "su usuario no puede entrar", "o utilizador não pode entrar"),
    "28P01": phrase(
        "its user or password is not the database's",
        "su usuario o contraseña no son los de la base de datos",
        "o utilizador ou a palavra-passe não são os da base de dados",
    ),
}
_NOT_ALLOWED_IN: Final = "28000"
_WITHOUT_TLS: Final = "no encryption"
"""PostgreSQL's message when pg_hba.conf refuses a connection without TLS."""
_ONLY_BY_TLS: Final = phrase(
    "the server lets nobody in without TLS: write sslmode=require, or better sslmode=verify-full",
    "el servidor no deja entrar a nadie sin TLS: escribe sslmode=require, o mejor sslmode=verify-full",
    "o servidor não deixa entrar ninguém sem TLS: escreve sslmode=require, ou melhor sslmode=verify-full",
)
_NO_SUCH_PARAMETER: Final = "42704"
_NO_SUCH_PARAMETER_TEXT: Final = "configuration parameter"
_STRANGE_OPTIONS: Final = phrase(
    "its options name a setting that the server does not know: leave options out",
    "sus options nombran un ajuste que el servidor no conoce: quita options",
    "as suas options nomeiam uma definição que o servidor não conhece: tira options",
)
_NO_SUCH_DATABASE: Final = phrase(
    "the server has no database of that name",
    "el servidor no tiene ninguna base de datos con ese nombre",
    "o servidor não tem nenhuma base de dados com esse nome",
)
_OTHER_VERSION: Final = phrase(
    "its tables are not of this version: run `umbral migrate`",
    "sus tablas son de otra versión: ejecuta `umbral migrate`",
    "as tabelas são de outra versão: executa `umbral migrate`",
)
_TABLES: Final = "database"
_NO_DATABASE: Final = "3D000"
_NO_TABLE: Final = frozenset({"42P01", "42703"})


class ConflictingWrite(RetryLater):
    """Raised if another transaction has already committed a conflicting change. The caller can read the data again and
    retry. `constraint`: name of the violated constraint.
    """

    def __init__(self, constraint: str) -> None:
        super().__init__(f"another unit of work was first ({constraint})")
        self.constraint = constraint


class DatabaseUnavailable(RetryLater):
    """Raised if the database is unreachable, restarting, or short of a resource. `trouble`: alarm for a problem that an
    administrator must fix; None if the problem usually passes.
    """

    def __init__(self, reason: str, trouble: str | None = None) -> None:
        super().__init__(reason)
        self.trouble = trouble


@contextmanager
def translate_errors() -> Iterator[None]:
    """Convert temporary database errors in the block to RetryLater. Errors caused by our code are raised unchanged."""
    try:
        yield
    except _DATABASE_ERRORS as error:
        known_translated = translate_error(error)
        if known_translated is None:
            raise
        raise known_translated from error


@contextmanager
def explain_errors(*, is_migrating: bool = False) -> Iterator[None]:
    """Convert database errors for a person at a terminal. Problems that this person can fix become InvalidInput; the
    others are converted as by `translate_errors`.

    is_migrating: a missing table is an error in our code and is raised unchanged
    """
    try:
        with translate_errors():
            yield
    except _DATABASE_ERRORS as error:
        invalid_input = _explain(getattr(error, "orig", error))
        if invalid_input is None or (is_migrating and invalid_input.field == _TABLES):
            raise
        raise invalid_input from error


@contextmanager
def name_setting(setting: str) -> Iterator[None]:
    """Add the names of the settings with the database's address to the message of DatabaseUnavailable."""
    try:
        yield
    except DatabaseUnavailable as error:
        raise DatabaseUnavailable(looked_for(str(error), setting), error.trouble) from error


def looked_for(trouble: str, setting: str) -> str:
    """Append the names of the settings with the database's address to the description of a problem."""
    return f"{trouble}; {setting} says where it is"


def _explain(error: BaseException | None) -> InvalidInput | None:
    state = getattr(error, "sqlstate", None) or ""
    if state == _NOT_ALLOWED_IN and _WITHOUT_TLS in str(error):
        return InvalidInput("DATABASE_URL", _ONLY_BY_TLS)
    if state == _NO_SUCH_PARAMETER and _NO_SUCH_PARAMETER_TEXT in str(error):
        return InvalidInput("DATABASE_URL", _STRANGE_OPTIONS)
    if state in _NO_ENTRY:
        return InvalidInput("DATABASE_URL", _NO_ENTRY[state])
    if state == _NO_DATABASE:
        return InvalidInput("DATABASE_URL", _NO_SUCH_DATABASE)
    if state in _NO_TABLE:
        return InvalidInput(_TABLES, _OTHER_VERSION)
    return None


def translate_error(error: BaseException) -> RetryLater | None:
    """Return the domain's error for a database error; None if our code caused the error or the error is not a database
    error.
    """
    if isinstance(error, PoolTimeout):
        return DatabaseUnavailable("no database connection is free")
    if isinstance(error, SSLError) or (isinstance(error, ConnectionError) and _REFUSES_TLS in str(error)):
        return DatabaseUnavailable(_tls_trouble(error))
    if isinstance(error, _UNREACHABLE):
        return DatabaseUnavailable("the database cannot be reached")
    if isinstance(error, PendingRollbackError) and error.code == _BROKEN_OFF:
        return DatabaseUnavailable("the database connection was lost")
    if isinstance(error, DBAPIError):
        return _by_state(error, error.orig, is_lost=error.connection_invalidated)
    return _by_state(error, error) if isinstance(error, asyncpg.PostgresError) else None


def _tls_trouble(error: OSError) -> str:
    if isinstance(error, SSLCertVerificationError):
        return (
            f"the database's server is not proved by its certificate ({error.verify_message}); name who signed it by"
            " sslrootcert=FILE in the address"
        )
    if isinstance(error, SSLError):
        return f"the database's server and Umbral agree on no TLS ({error.reason or type(error).__name__})"
    return (
        "the database's server offers no TLS, and the address asks for it; switch TLS on at the server, or write"
        " sslmode=disable where nobody else can listen on the way"
    )


def _by_state(error: BaseException, cause: BaseException | None, *, is_lost: bool = False) -> RetryLater | None:
    state = getattr(cause, "sqlstate", None) or ""
    if state == _UNIQUE_VIOLATION:
        return ConflictingWrite(constraint_of(error) or "a unique constraint")
    if state in _RACES:
        return ConflictingWrite(A_LOCK)
    shortage = next((resource for short, resource in _SHORT_OF.items() if state.startswith(short)), None)
    if shortage is not None:
        trouble, reason = shortage
        return DatabaseUnavailable(reason, trouble)
    if is_lost or state in _CONNECTION_LOST or state.startswith("08"):
        return DatabaseUnavailable("the database connection was lost")
    return None


def constraint_of(error: BaseException) -> str | None:
    """Return the name of the violated constraint as declared in the tables; None if no constraint was violated."""
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    while cause is not None:
        name = getattr(cause, "constraint_name", None)
        if isinstance(name, str):
            return name
        cause = cause.__cause__
    return None
