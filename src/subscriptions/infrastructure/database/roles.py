"""Creation of the processes' database roles and logins, with the rights defined in `grants`."""

import hashlib
import hmac
import re
import secrets
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError

from subscriptions.infrastructure.database import grants

_NOT_ALLOWED: Final = "42501"
_EXISTS: Final = frozenset({"42710", "23505"})
_UNMADE: Final = frozenset({_NOT_ALLOWED, "42704"})
_AT_ONCE: Final = "XX000"
"""SQLSTATE of `tuple concurrently updated`. PostgreSQL has no more specific code for this error."""
_ROUNDS: Final = 4096
_NAME: Final = re.compile(r"[a-z_][a-z0-9_-]{0,62}\Z")

_CURRENT_ROLES: Final = text(
    "SELECT rolsuper OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid"
    " AND c.oid = 'public.customers'::regclass) FROM pg_roles r WHERE rolname = :name"
)

_IS_SUPERUSER: Final = text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
_SEQUENCES: Final = text(
    "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
    " AND pg_has_role(relowner, 'USAGE')"
)

_LIMIT: Final = text("SELECT setting::int * 3 / 4 FROM pg_settings WHERE name = 'max_connections'")
"""Maximum number of connections of a login: three quarters of the server's, so that none takes the others' as well."""

NO_ROLES: Final = (
    "the processes' own roles were not made: this login may not (CREATEROLE). All processes go on with the rights of"
    " their DATABASE_URL; docs/database.md, A login for each process, says what whoever runs PostgreSQL has to do once"
)


def apply(connection: Connection, logins: Mapping[str, URL]) -> Sequence[str]:
    """Create roles, logins and rights. Return the actions that failed, as sentences for the operator. Idempotent, and
    safe to run concurrently.

    connection: connection of the tables' owner, inside a transaction
    logins: database address of each process
    """
    roles = [grants.role_of(process) for process in grants.PROCESSES]
    if not all(_create(connection, role) for role in roles):
        return [NO_ROLES]
    tables = set(connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
    ours = {name: rights for name, rights in grants.tables().items() if name in tables}
    _execute(connection, grants.statements(ours, connection.scalars(_SEQUENCES).all()))
    logins_found = [_login(connection, process, url) for process, url in logins.items()]
    return [sentence for sentence in logins_found if sentence]


def can_do_all(connection: Connection, name: str) -> bool:
    """Return True if a login owns Umbral's tables or is a superuser, so that rights do not restrict the login."""
    return bool(connection.scalar(_CURRENT_ROLES, {"name": name}))


def is_superuser(connection: Connection) -> bool:
    """Return True if the connection's login is a superuser of the server."""
    return bool(connection.scalar(_IS_SUPERUSER))


def _create(connection: Connection, role: str) -> bool:
    """Create a role if it is missing. Return True if the role exists afterwards. Roles belong to the whole server, so
    another process may create the same role concurrently.
    """
    if not _exists(connection, role):
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(f'CREATE ROLE "{role}" NOLOGIN')
        except DBAPIError as error:
            if _state(error) not in {_NOT_ALLOWED, *_EXISTS}:
                raise
    return _exists(connection, role)


def _exists(connection: Connection, role: str) -> bool:
    return bool(connection.scalar(text("SELECT count(*) FROM pg_roles WHERE rolname = :name"), {"name": role}))


def _login(connection: Connection, process: str, url: URL) -> str | None:
    name, role = url.username or "", grants.role_of(process)
    if not _NAME.match(name):
        return f"{process.upper()}_DATABASE_URL: a login of its own is small letters, digits and _"
    if can_do_all(connection, name):
        return f"{process.upper()}_DATABASE_URL: {name} owns the tables, so nothing is kept from the process"
    statements = [f'GRANT {role} TO "{name}"'] if role != name else []
    if url.password is not None:
        statements.insert(0, f"ALTER ROLE \"{name}\" LOGIN PASSWORD '{verifier(str(url.password))}'")
    try:
        for attempts_left in range(len(grants.PROCESSES), -1, -1):
            if _change(connection, name, statements, is_last_try=not attempts_left):
                break
    except DBAPIError as error:
        if _state(error) not in _UNMADE:
            raise
        return f"{process.upper()}_DATABASE_URL: {name} could not be made or changed: this login may not (CREATEROLE)"
    _limit(connection, name)
    return None


def _limit(connection: Connection, name: str) -> None:
    """Limit the connections of a login, end its transactions that do nothing for a minute, and its statements that wait
    half a minute for a lock. A login that this login may not change stays as it is.
    """
    most = connection.scalar(_LIMIT)
    with suppress(DBAPIError), connection.begin_nested():
        connection.exec_driver_sql(f'ALTER ROLE "{name}" CONNECTION LIMIT {most}')
        connection.exec_driver_sql(f"ALTER ROLE \"{name}\" SET idle_in_transaction_session_timeout = '60s'")
        connection.exec_driver_sql(f"ALTER ROLE \"{name}\" SET lock_timeout = '30s'")


def _change(connection: Connection, name: str, statements: Sequence[str], *, is_last_try: bool) -> bool:
    """Change a login. Return False if the migration of another database changed the same login at the same time."""
    try:
        with connection.begin_nested():
            _create(connection, name)
            _execute(connection, statements)
    except DBAPIError as error:
        if is_last_try or _state(error) != _AT_ONCE:
            raise
        return False
    return True


def _execute(connection: Connection, statements: Iterable[str]) -> None:
    """Run statements in one round trip."""
    body = "; ".join(statements)
    connection.exec_driver_sql(f"DO $do$ BEGIN {body}; END $do$")


def verifier(password: str) -> str:
    """Return a password in the form that PostgreSQL stores (RFC 5803), so that the password itself appears in no
    statement or log.
    """
    salt = secrets.token_bytes(16)
    salted_password = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ROUNDS)
    client, server = (hmac.digest(salted_password, key, "sha256") for key in (b"Client Key", b"Server Key"))
    digest = hashlib.sha256(client).digest()
    parts = [b64encode(part).decode() for part in (salt, digest, server)]
    return f"SCRAM-SHA-256${_ROUNDS}:{parts[0]}${parts[1]}:{parts[2]}"


def _state(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")
