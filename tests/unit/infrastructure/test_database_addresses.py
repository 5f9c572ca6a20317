"""Database addresses as given by hosting providers, and every parameter of libpq."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import quote

import pytest

from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.database.address import (
    asks_for_tls,
    connect_options,
    ignored_parameters,
    parse_url,
    plain_dsn,
    tool_address,
)
from subscriptions.infrastructure.database.engine import create_engine
from tests.support.each_case import each_case

HANDED_OUT = {
    "Heroku": ("postgres://u1:p1@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d1", None, []),
    "Heroku, as for Node.js": ("postgres://u:p@h.amazonaws.com:5432/d?sslmode=no-verify", ssl.CERT_NONE, []),
    "Render": ("postgresql://u:p@dpg-abc-a.frankfurt-postgres.render.com/d", None, []),
    "Render, as for Node.js": ("postgresql://u:p@dpg-abc-a.render.com/d?ssl=true", ssl.CERT_NONE, []),
    "Railway": ("postgresql://postgres:p@viaduct.proxy.rlwy.net:41234/railway", None, []),
    "Supabase": ("postgresql://postgres:p@db.abc.supabase.co:5432/postgres", None, []),
    "Supabase's pooler": (
        "postgresql://postgres.abc:p@aws-0-eu-west-3.pooler.supabase.com:6543/postgres?pgbouncer=true",
        None,
        ["pgbouncer"],
    ),
    "Supabase on Vercel": (
        "postgres://postgres.abc:p@aws-0.pooler.supabase.com:6543/postgres?sslmode=require&supa=base-pooler.x",
        ssl.CERT_NONE,
        ["supa"],
    ),
    "Neon": (
        "postgresql://u:p@ep-a-b-1.eu-central-1.aws.neon.tech/neondb?sslmode=require&channel_binding=require",
        ssl.CERT_REQUIRED,
        [],
    ),
    "Neon, for clients without SNI": (
        "postgresql://u:p@ep-a.neon.tech/neondb?sslmode=require&options=endpoint%3Dep-a",
        ssl.CERT_NONE,
        [],
    ),
    "DigitalOcean": ("postgresql://doadmin:p@db-1.b.db.ondigitalocean.com:25060/defaultdb?sslmode=require", 0, []),
    "Fly": ("postgres://app:p@app-db.flycast:5432/app?sslmode=disable", None, []),
    "Prisma": (
        "postgresql://u:p@h:5432/d?schema=public&connection_limit=5&pool_timeout=0&connect_timeout=30",
        None,
        ["connection_limit", "pool_timeout", "schema"],
    ),
    "Azure": ("postgresql://u%40server:p@server.postgres.database.azure.com:5432/d?sslmode=verify-full", 2, []),
    "Aiven": ("postgres://avnadmin:p@pg-1.aivencloud.com:12691/defaultdb?sslmode=require", 0, []),
    "Timescale": ("postgres://tsdbadmin:p@x.tsdb.cloud.timescale.com:30000/tsdb?sslmode=require", 0, []),
    "Java": ("postgresql://u:p@h/d?ApplicationName=x&tcpKeepAlive=true", None, ["ApplicationName", "tcpKeepAlive"]),
    "Go": ("postgres://u:p@h/d?sslmode=disable&pool_max_conns=5", None, ["pool_max_conns"]),
    "Rails": ("postgresql://u:p@h/d?pool=5&prepared_statements=false", None, ["pool", "prepared_statements"]),
    "SQLAlchemy": ("postgresql+asyncpg://u:p@h/d?statement_cache_size=0", None, ["statement_cache_size"]),
    "a socket": ("postgresql:///d?host=/run/postgresql", None, []),
    "socket as host": ("postgresql://u@%2Frun%2Fpostgresql/d", None, []),
}  # fmt: skip


@pytest.mark.parametrize("host", HANDED_OUT)
def test_database_addresses_given_by_hosting_providers_are_accepted(host: str) -> None:
    address, checks, ignored = HANDED_OUT[host]
    options = connect_options(address)

    assert ignored_parameters(address) == ignored
    assert options["database"] == parse_url(address).database
    assert not set(options["server_settings"]) - {"options"}
    assert asks_for_tls(address) is isinstance(options.get("ssl"), ssl.SSLContext)
    if checks is not None:
        assert options["ssl"].verify_mode == checks
    assert connect_options(plain_dsn(address)).keys() == options.keys()
    assert create_engine(address).url.database == options["database"]


TAKEN = {
    "application_name=x": None,
    "channel_binding=prefer": None,
    "client_encoding=utf8": None,
    "connect_timeout=10": None,
    "dbname=other": None,
    "fallback_application_name=x": None,
    "gssdelegation=0": None,
    "gssencmode=disable": None,
    "gsslib=gssapi": None,
    "host=other": None,
    "keepalives=1": None,
    "keepalives_count=3": None,
    "keepalives_idle=30": None,
    "keepalives_interval=10": None,
    "krbsrvname=postgres": None,
    "load_balance_hosts=disable": None,
    "max_protocol_version=3.2": None,
    "min_protocol_version=3.0": None,
    "options=-c%20statement_timeout%3D5s": None,
    "passfile=/etc/umbral/pgpass": None,
    "password=q": None,
    "port=5433": None,
    "ssl_max_protocol_version=TLSv1.3": None,
    "ssl_min_protocol_version=TLSv1.2": None,
    "sslcertmode=allow": None,
    "sslcompression=0": None,
    "sslkeylogfile=/tmp/x": None,
    "sslmode=verify-full&sslrootcert=system": ssl.CERT_REQUIRED,
    "sslmode=require&sslnegotiation=direct": ssl.CERT_NONE,
    "sslrootcert=system": ssl.CERT_REQUIRED,
    "sslsni=1": None,
    "target_session_attrs=read-write": None,
    "tcp_user_timeout=1000": None,
    "user=v": None,
}
REFUSED = [
    "hostaddr=10.0.0.1",
    "oauth_client_id=x",
    "oauth_client_secret=x",
    "oauth_issuer=x",
    "oauth_scope=x",
    "replication=database",
    "require_auth=scram-sha-256",
    "requirepeer=postgres",
    "requiressl=1",
    "scram_client_key=x",
    "scram_server_key=x",
    "service=x",
    "servicefile=x",
    "sslcert=/nowhere/x.crt",
    "sslcrl=/nowhere/x.crl",
    "sslcrldir=/nowhere",
    "sslkey=/nowhere/x.key&sslcert=/nowhere/x.crt",
    "sslpassword=x",
    # Values that would move Umbral's tables, or have no meaning.
    "schema=shop",
    "currentSchema=shop",
    "search_path=shop",
    "options=-c%20search_path%3Dshop",
    "sslmode=verify-ca",
    "sslmode=required",
    "sslrootcert=/nowhere/ca.crt&sslmode=verify-full",
    "sslnegotiation=direct",
    "gssencmode=require",
    "connect_timeout=soon",
    "channel_binding=yes",
    "target_session_attrs=x",
    "sslmode=require&sslmode=disable",
    # Mistyped or invented.
    "sslmod=require",
    "colour=red",
]


@each_case("parameter", TAKEN)
def test_supported_parameters_of_libpq_are_accepted(parameter: str) -> None:
    address = f"postgresql://u:p@h/d?{parameter}"
    options, checks = connect_options(address), TAKEN[parameter]
    assert (checks is None) is not isinstance(options.get("ssl"), ssl.SSLContext)
    assert checks is None or options["ssl"].verify_mode == checks


@each_case("parameter", REFUSED)
def test_refused_parameters_are_named_without_their_values(parameter: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        connect_options(f"postgresql://u:hunter2@h/d?{parameter}")
    assert refused.value.field == "DATABASE_URL"
    assert any(pair.partition("=")[0] in str(refused.value) for pair in parameter.split("&"))
    assert "hunter2" not in str(refused.value)


@each_case("parameter", [each for each in REFUSED if each.partition("=")[0] not in {"sslcert", "sslcrl"}])
def test_address_suggested_by_a_refusal_is_accepted(parameter: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        connect_options(f"postgresql://u:p@h/d?{parameter}")
    for word in str(refused.value).split():
        if word.startswith("postgresql://"):
            parse_url(word.replace("host:port", "h:5432").rstrip(";,"))


def test_every_parameter_of_libpq_is_either_supported_or_refused() -> None:
    libpq = """host hostaddr port dbname user password passfile require_auth channel_binding connect_timeout
        client_encoding options application_name fallback_application_name keepalives keepalives_idle
        keepalives_interval keepalives_count tcp_user_timeout replication gssencmode sslmode requiressl sslnegotiation
        sslcompression sslcert sslkey sslkeylogfile sslpassword sslcertmode sslrootcert sslcrl sslcrldir sslsni
        requirepeer ssl_min_protocol_version ssl_max_protocol_version min_protocol_version max_protocol_version
        krbsrvname gsslib gssdelegation scram_client_key scram_server_key service servicefile target_session_attrs
        load_balance_hosts oauth_issuer oauth_client_id oauth_client_secret oauth_scope"""
    tried = {pair.partition("=")[0] for each in (*TAKEN, *REFUSED) for pair in each.split("&")}
    assert set(libpq.split()) <= tried


@pytest.mark.parametrize(
    "url",
    ["postgres://u:p@h:5/d", "postgresql://u:p@h:5/d", "postgresql+asyncpg://u:p@h:5/d", " postgresql://u:p@h:5/d "],
)
def test_addresses_with_every_usual_scheme_are_normalized(url: str) -> None:
    assert plain_dsn(url) == "postgresql://u:p@h:5/d"


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:///x.db",
        "mysql://u:p@h/d",
        "postgresql://u:p@h:99999/d",
        "postgresql://u:p@h:port/d",
        "postgresql://u:p@h",
        "postgresql://u:p@h/d?port=x",
        "postgresql://u:p@h1:5432,h2:5432/d",
        "postgresql://u:p@h1,h2/d",
        "postgresql://u:secret@more@h/d",
        "postgresql://u:secret@more@h:5432/d?sslmode=require",
        "host=h dbname=d",
        "",
    ],
)
def test_refusal_of_an_invalid_database_address_shows_the_expected_format(address: str) -> None:
    with pytest.raises(InvalidInput, match="postgresql://user:password@host:port/database"):
        plain_dsn(address)


def test_passwords_in_addresses_are_preserved_exactly() -> None:
    assert connect_options(f"postgresql://u:{quote('p@:/?#', safe='')}@h/d")["password"] == "p@:/?#"


def test_backup_programs_get_an_address_with_the_effective_tls_mode_and_without_password() -> None:
    neon = "postgresql://u:p@h/d?sslmode=require&channel_binding=require&connect_timeout=5&pgbouncer=true"
    address, password = tool_address(neon)
    assert password == "p"
    assert address.startswith("postgresql://u@h/d?")
    words = set(address.partition("?")[2].split("&"))
    assert words == {"channel_binding=require", "connect_timeout=5", "sslmode=verify-full", "sslrootcert=system"}


def test_custom_root_certificate_is_read(tmp_path: Path) -> None:
    empty = tmp_path / "ca.crt"
    empty.write_text("no certificate\n")
    with pytest.raises(InvalidInput, match="sslrootcert"):
        connect_options(f"postgresql://u:p@h/d?sslmode=verify-full&sslrootcert={empty}")
