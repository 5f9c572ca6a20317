"""Database addresses in the forms that hosting providers issue, and interpretation of their parameters."""

import os
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import unquote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from subscriptions.domain.errors import InvalidInput

_FIELD: Final = "DATABASE_URL"
_SCHEMES: Final = ("postgres", "postgresql", "postgresql+asyncpg")
_HIGHEST_PORT: Final = 65535
_PLAIN: Final = "postgresql://user:password@host:port/database"
_FORM: Final = f"must read {_PLAIN}; in a password write @ : / ? # as %40 %3A %2F %3F %23"

_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_OTHER_MODES: Final[Mapping[str, str]] = {
    "1": "require",
    "true": "require",
    "no-verify": "require",
    "0": "disable",
    "false": "disable",
}
"""Values of `sslmode` and `ssl` that clients for Node.js and Java write, mapped to libpq's values."""
_SYSTEM: Final = "system"
"""Value of `sslrootcert` for the certificate authorities of this machine."""
_HOME: Final = Path(".postgresql")
_TLS_FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_TLS_VERSIONS: Final = ("TLSv1.2", "TLSv1.3")
_SESSIONS: Final = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
_SHORTEST_TIMEOUT: Final = 2
_LONGEST_TIMEOUT: Final = 60
TIMEOUT: Final = 10
"""Connection timeout in seconds if the address does not set `connect_timeout`."""

_URL_PARTS: Final[Mapping[str, str]] = {"user": "username", "password": "password", "host": "host", "port": "port"}
_TAKEN: Final = frozenset(
    {
        *_TLS_FILES,
        "channel_binding",
        "connect_timeout",
        "host",
        "options",
        "passfile",
        "ssl_max_protocol_version",
        "ssl_min_protocol_version",
        "sslmode",
        "sslnegotiation",
        "target_session_attrs",
    }
)
_OF_POSTGRESQL: Final = frozenset(
    {
        "fallback_application_name",
        "application_name",
        "client_encoding",
        "gssdelegation",
        "gssencmode",
        "gsslib",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "krbsrvname",
        "load_balance_hosts",
        "max_protocol_version",
        "min_protocol_version",
        "sslcertmode",
        "sslcompression",
        "sslkeylogfile",
        "sslsni",
        "tcp_user_timeout",
    }
)
"""Parameters of libpq that have no effect on our driver: postgresql.org/docs/current/libpq-connect.html."""
_OF_OTHERS: Final[Mapping[str, frozenset[str]]] = {
    "Prisma": frozenset(
        {"connection_limit", "pgbouncer", "pool_timeout", "schema", "socket_timeout", "sslaccept", "sslidentity"}
    ),
    "Supabase and Vercel": frozenset({"supa", "workaround"}),
    "Node.js": frozenset({"idleTimeoutMillis", "max", "uselibpqcompat"}),
    "Java": frozenset(
        {
            "ApplicationName",
            "connectTimeout",
            "currentSchema",
            "loginTimeout",
            "prepareThreshold",
            "preparedStatementCacheQueries",
            "reWriteBatchedInserts",
            "socketTimeout",
            "sslfactory",
            "stringtype",
            "targetServerType",
            "tcpKeepAlive",
        }
    ),
    "Go": frozenset(
        {
            "binary_parameters",
            "default_query_exec_mode",
            "description_cache_capacity",
            "pool_health_check_period",
            "pool_max_conn_idle_time",
            "pool_max_conn_lifetime",
            "pool_max_conn_lifetime_jitter",
            "pool_max_conns",
            "pool_min_conns",
            "prefer_simple_protocol",
            "statement_cache_capacity",
            "statement_cache_mode",
        }
    ),
    "Rails": frozenset(
        {
            "adapter",
            "advisory_locks",
            "checkout_timeout",
            "encoding",
            "pool",
            "prepared_statements",
            "reaping_frequency",
            "timeout",
        }
    ),
    "Django": frozenset({"conn_health_checks", "conn_max_age", "ssl_require"}),
    "SQLAlchemy": frozenset(
        {
            "async_fallback",
            "command_timeout",
            "max_overflow",
            "pool_pre_ping",
            "pool_recycle",
            "pool_size",
            "prepared_statement_cache_size",
            "statement_cache_size",
        }
    ),
}
"""Parameters that only other clients understand, keyed by client."""
_IGNORED: Final = _OF_POSTGRESQL | frozenset[str]().union(*_OF_OTHERS.values())
_SCHEMAS: Final = ("schema", "currentSchema", "search_path")
_REFUSED: Final[Mapping[str, str]] = {
    "hostaddr": f"with that number as the host: {_PLAIN}",
    "oauth_client_id": f"with a password: {_PLAIN}",
    "oauth_client_secret": f"with a password: {_PLAIN}",
    "oauth_issuer": f"with a password: {_PLAIN}",
    "oauth_scope": f"with a password: {_PLAIN}",
    "replication": f"of an ordinary connection: {_PLAIN}",
    "require_auth": f"by which only your server is told the password: {_PLAIN}?sslmode=verify-full",
    "requirepeer": f"without it, the socket's folder being the server's alone: {_PLAIN}?host=/run/postgresql",
    "requiressl": f"{_PLAIN}?sslmode=require",
    "scram_client_key": f"with the password: {_PLAIN}",
    "scram_server_key": f"with the password: {_PLAIN}",
    "service": f"what that service says: {_PLAIN}",
    "servicefile": f"what that service says: {_PLAIN}",
    "sslcrldir": f"with all of those lists in one file: {_PLAIN}?sslmode=verify-full&sslcrl=FILE",
    "sslpassword": f"with a key that has no password: {_PLAIN}?sslmode=verify-full&sslcert=FILE&sslkey=FILE",
}
"""Parameters that affect the target or security of the connection and that our driver does not support, with the
suggested replacement.
"""


def parse_url(url: str) -> URL:
    """Parse a database address. The query of the result contains only the parameters that Umbral uses, with libpq's
    names and values.

    Raises InvalidInput("DATABASE_URL") if the address is invalid; the error never contains a password.
    """
    url_parts = _read(url)
    query = {name: _single(name, value) for name, value in url_parts.query.items()}
    if "ssl" in query:
        query.setdefault("sslmode", query.pop("ssl"))
    for name, value in query.items():
        _require_known(name, value)
    taken = {name: value for name, value in query.items() if name in _TAKEN}
    _require_values(taken)
    return url_parts.set(drivername="postgresql", query=taken)


def ignored_parameters(url: str) -> Sequence[str]:
    """Return the names of the address's parameters that have no effect. Raises InvalidInput("DATABASE_URL") if the
    address is invalid.
    """
    parse_url(url)
    return sorted(name for name in _read(url).query if name in _IGNORED or name == "search_path")


def plain_dsn(url: str | URL) -> str:
    """Return the address as text including the password; never log the result. Raises InvalidInput("DATABASE_URL") if
    the address is invalid.
    """
    url_parts = parse_url(url if isinstance(url, str) else url.render_as_string(hide_password=False))
    return url_parts.render_as_string(hide_password=False)


def connect_options(url: str, **settings: str) -> dict[str, Any]:
    """Return the arguments of asyncpg's `connect` for an address. Raises InvalidInput("DATABASE_URL") if the address is
    invalid.

    settings: PostgreSQL settings of the session
    """
    url_parts = parse_url(url)
    query = cast(Mapping[str, str], url_parts.query)
    options = {
        "host": query.get("host") or url_parts.host,
        "port": url_parts.port,
        "user": url_parts.username,
        "password": url_parts.password,
        "database": url_parts.database,
        "passfile": query.get("passfile"),
        "ssl": _tls(query),
        "target_session_attrs": query.get("target_session_attrs"),
    }
    known = {name: value for name, value in options.items() if value is not None}
    if "options" in query:
        settings["options"] = query["options"]
    if query.get("sslnegotiation") == "direct":
        known["direct_tls"] = True
    return {**known, "timeout": _timeout(query.get("connect_timeout")), "server_settings": settings}


def tool_address(url: str) -> tuple[str, str]:
    """Return the address for PostgreSQL's own tools, and the password. The address omits the password, because other
    users of the machine can see a tool's arguments.
    """
    url_parts = parse_url(url)
    query = dict(cast(Mapping[str, str], url_parts.query))
    mode = _mode(query)
    if mode is not None:
        query["sslmode"] = mode
    if mode == "verify-full" and _root_file(query) is None:
        query["sslrootcert"] = _SYSTEM
    bare = url_parts.set(query=query)._replace(password=None)
    return bare.render_as_string(hide_password=False), url_parts.password or ""


def asks_for_tls(url: str) -> bool:
    """Return True if the address requires TLS. Raises InvalidInput("DATABASE_URL") if the address is invalid."""
    return _mode(cast(Mapping[str, str], parse_url(url).query)) in {"require", "verify-ca", "verify-full"}


def _read(url: str) -> URL:
    try:
        url_parts = make_url(url.strip())
    except (ArgumentError, ValueError):
        # A ValueError means that the port is not a number.
        raise InvalidInput(_FIELD, _several_hosts(url) or _FORM) from None
    if url_parts.drivername not in _SCHEMES:
        raise InvalidInput(_FIELD, _FORM)
    url_parts = _with_url_parts(url_parts)
    if "," in (url_parts.host or ""):
        raise InvalidInput(_FIELD, _several_hosts(url) or _FORM)
    if "@" in (url_parts.host or ""):
        # The rest of a password with an unescaped @ would be shown as part of the host.
        raise InvalidInput(_FIELD, _FORM)
    if (url_parts.port or 0) > _HIGHEST_PORT or not url_parts.database:
        raise InvalidInput(_FIELD, _FORM)
    return url_parts


def _several_hosts(url: str) -> str | None:
    hosts = url.partition("://")[2].rpartition("@")[2].partition("/")[0]
    if "," not in hosts:
        return None
    return f"names several hosts; write the one that takes writes: {_PLAIN}"


def _with_url_parts(url: URL) -> URL:
    """Move user, password, host, port and database from the query to the usual parts of the address."""
    query = dict(url.query)
    parts: dict[str, Any] = {}
    if (url.host or "").lower().startswith("%2f"):
        # libpq accepts the directory of a socket in place of a host.
        query.setdefault("host", unquote(url.host or ""))
        url = url._replace(host=None)
    for name, part in _URL_PARTS.items():
        if name in query and not (name == "host" and str(query[name]).startswith("/")):
            parts[part] = _single(name, query.pop(name))
    if "dbname" in query:
        parts["database"] = _single("dbname", query.pop("dbname"))
    if "port" in parts:
        if not str(parts["port"]).isdecimal():
            raise InvalidInput(_FIELD, _FORM)
        parts["port"] = int(parts["port"])
    return url.set(**parts, query=query)


def _single(name: str, value: str | tuple[str, ...]) -> str:
    if isinstance(value, str):
        return value
    raise InvalidInput(_FIELD, f"says {name} twice; write it once")


def _require_known(name: str, value: str) -> None:
    if name in _REFUSED:
        raise InvalidInput(_FIELD, f"says {name}, which Umbral does not take; write {_REFUSED[name]}")
    if name in _SCHEMAS and value not in {"public", ""}:
        raise InvalidInput(_FIELD, f"says {name}, and Umbral's tables are in the schema public; write {_PLAIN}")
    if name == "gssencmode" and value == "require":
        raise InvalidInput(
            _FIELD, f"says {name}=require, which Umbral does not take; write {_PLAIN}?sslmode=verify-full"
        )
    if name not in _TAKEN | _IGNORED and name not in _SCHEMAS:
        raise InvalidInput(_FIELD, f"says {name}, which no client of PostgreSQL reads; write {_PLAIN}")


def _require_values(query: dict[str, str]) -> None:
    """Convert the value of `sslmode` to libpq's value, and check the other parameters. Raises InvalidInput for invalid
    values.
    """
    if "sslmode" in query:
        query["sslmode"] = _OTHER_MODES.get(query["sslmode"], query["sslmode"])
        _require_one_of("sslmode", query, _MODES)
    _require_one_of("channel_binding", query, ("disable", "prefer", "require"))
    _require_one_of("ssl_min_protocol_version", query, _TLS_VERSIONS)
    _require_one_of("ssl_max_protocol_version", query, _TLS_VERSIONS)
    _require_one_of("sslnegotiation", query, ("postgres", "direct"))
    _require_one_of("target_session_attrs", query, _SESSIONS)
    if "search_path" in query.get("options", ""):
        raise InvalidInput(
            _FIELD, f"says search_path in options, and Umbral's tables are in the schema public; write {_PLAIN}"
        )
    _timeout(query.get("connect_timeout"))
    if query.get("sslnegotiation") == "direct" and _mode(query) not in {"require", "verify-ca", "verify-full"}:
        raise InvalidInput(
            _FIELD, f"says sslnegotiation=direct without TLS; write {_PLAIN}?sslmode=verify-full&sslnegotiation=direct"
        )
    if _mode(query) == "verify-ca" and _root_file(query) is None:
        raise InvalidInput(
            _FIELD,
            f"says sslmode=verify-ca without sslrootcert=FILE, a certificate authority of your own; write"
            f" {_PLAIN}?sslmode=verify-full",
        )


def _require_one_of(name: str, query: Mapping[str, str], values: Sequence[str]) -> None:
    if name in query and query[name] not in values:
        raise InvalidInput(_FIELD, f"says {name} with a value that is none of {', '.join(values)}")


def _timeout(text: str | None) -> float:
    if text is None or text == "0":
        return TIMEOUT
    if not text.isdecimal():
        raise InvalidInput(_FIELD, "says connect_timeout with a value that is no number of seconds")
    return min(max(int(text), _SHORTEST_TIMEOUT), _LONGEST_TIMEOUT)


def _mode(query: Mapping[str, str]) -> str | None:
    """Return the effective `sslmode`; None if the address does not determine it.

    Channel binding, which would prove the server's identity, is not supported by the driver. If the address requires
    channel binding, the server's certificate is verified instead.
    """
    mode = query.get("sslmode")
    if query.get("channel_binding") == "require" or (mode is None and query.get("sslrootcert") == _SYSTEM):
        return "verify-full"
    if mode in {None, "allow", "prefer"} and any(name in query for name in _TLS_FILES):
        return "require"
    return mode


def _root_file(query: Mapping[str, str]) -> str | None:
    """Return the file with the certificate authorities; None to use those of this machine. The search order is that of
    libpq.
    """
    named = query.get("sslrootcert") or os.environ.get("PGSSLROOTCERT")
    if named:
        return None if named == _SYSTEM else named
    usual = Path.home() / _HOME / "root.crt"
    return str(usual) if usual.is_file() else None


def _tls(query: Mapping[str, str]) -> ssl.SSLContext | str | None:
    mode = _mode(query)
    if mode is None or mode not in {"require", "verify-ca", "verify-full"}:
        return mode
    name = "sslrootcert"
    try:
        root = _root_file(query)
        context = ssl.create_default_context(cafile=root)
        context.check_hostname = mode == "verify-full"
        if mode == "require" and root is None:
            context.verify_mode = ssl.CERT_NONE
        name = "sslcrl"
        if name in query:
            context.load_verify_locations(cafile=query[name])
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
        name = "sslcert"
        if name in query:
            context.load_cert_chain(query[name], query.get("sslkey"))
    except (OSError, ssl.SSLError) as error:
        raise InvalidInput(_FIELD, f"says {name}, a file that cannot be read ({type(error).__name__})") from error
    context.minimum_version = _version(query.get("ssl_min_protocol_version", "TLSv1.2"))
    if "ssl_max_protocol_version" in query:
        context.maximum_version = _version(query["ssl_max_protocol_version"])
    context.set_alpn_protocols(["postgresql"])
    return context


def _version(name: str) -> ssl.TLSVersion:
    return ssl.TLSVersion[name.replace(".", "_")]
