"""Database users of the processes: created by `umbral migrate`, also concurrently and with few rights; reported by
`umbral doctor`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import text

from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.doctor import report_of_database
from subscriptions.bootstrap.process import environment_of
from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load
from subscriptions.infrastructure.database import grants, roles
from subscriptions.infrastructure.database.engine import create_engine
from tests.support.fork_clients import ForkClient
from tests.support.postgres import Server, as_process, in_own_thread


def logins(url: str, names: Iterable[str] = grants.PROCESSES) -> dict[str, str]:
    address = urlsplit(url)
    return {
        name: address._replace(netloc=f"their_{name}:of-{name}@{address.hostname}:{address.port}").geturl()
        for name in names
    }


PATIENCE_S = 120.0
PROGRAM = """
import json, sys
from subscriptions.bootstrap import migrate
sys.exit(bool(migrate.upgrade(sys.argv[1], logins=json.loads(sys.argv[2]))))
"""


async def test_no_login_can_take_the_connections_of_the_others(postgres_server: Server) -> None:
    url = postgres_server.create()
    try:
        in_own_thread(lambda: migrate.upgrade(url, logins=logins(url)))
        connection = await asyncpg.connect(url)
        most = int(await connection.fetchval("SHOW max_connections")) * 3 // 4
        rows = await connection.fetch(
            "SELECT rolconnlimit, rolconfig FROM pg_roles WHERE rolname = ANY($1)",
            [f"their_{name}" for name in grants.PROCESSES],
        )
        await connection.close()
        expected = (most, ["idle_in_transaction_session_timeout=60s", "lock_timeout=30s"])
        assert [(row["rolconnlimit"], row["rolconfig"]) for row in rows] == [expected] * len(grants.PROCESSES)
    finally:
        postgres_server.drop(url)


async def test_logins_are_created_by_concurrent_migrations(
    postgres_server: Server, tmp_path: Path, fork_client: ForkClient
) -> None:
    urls = [postgres_server.create() for _ in range(3)]
    log = tmp_path / "log"
    try:
        processes = [
            fork_client.start([sys.executable, "-c", PROGRAM, url, json.dumps(logins(url))], log=log) for url in urls
        ]
        assert [process.wait(PATIENCE_S) for process in processes] == [0, 0, 0], log.read_text()
        for url in urls:
            for process, own in logins(url).items():
                assert await who(own) == (f"their_{process}", True)
    finally:
        for url in urls:
            postgres_server.drop(url)


async def test_database_user_of_a_process_gets_a_new_password(database_url: str) -> None:
    old = logins(database_url, ["web"])
    new = {"web": old["web"].replace("of-web", "another")}
    in_own_thread(lambda: migrate.upgrade(database_url, logins=old))
    connected = await asyncpg.connect(old["web"])
    try:
        in_own_thread(lambda: migrate.upgrade(database_url, logins=new))
        assert await who(new["web"]) == ("their_web", True)
        with pytest.raises(asyncpg.InvalidPasswordError):
            await who(old["web"])
        assert await connected.fetchval("SELECT count(*) FROM service_plans") == 0
    finally:
        await connected.close()


async def who(url: str) -> tuple[str, bool]:
    connection = await asyncpg.connect(url)
    try:
        row = await connection.fetchrow(
            "SELECT current_user, has_table_privilege('service_plans', 'SELECT')"
            " AND NOT has_table_privilege('receipts', 'UPDATE')"
        )
        return row[0], row[1]
    finally:
        await connection.close()


async def test_process_configured_with_the_table_owner_login_is_reported(database_url: str) -> None:
    notified = in_own_thread(lambda: migrate.upgrade(database_url, logins={"web": database_url}))
    assert len(notified) == 1
    assert notified[0].startswith("WEB_DATABASE_URL: ")
    assert "owns the tables" in notified[0]
    assert urlsplit(database_url).password not in notified[0]


async def test_missing_right_to_create_roles_is_reported(database_url: str) -> None:
    engine = create_engine(database_url, pool_size=1)
    async with engine.connect() as connection:
        await connection.execute(text("CREATE ROLE plain_owner"))
        await connection.execute(text("ALTER ROLE umbral_web RENAME TO umbral_web_away"))
        await connection.execute(text("SET LOCAL ROLE plain_owner"))
        reported = await connection.run_sync(lambda sync: roles.apply(sync, {}))
        await connection.rollback()
    await engine.dispose()
    assert reported == [roles.NO_ROLES]


async def test_tables_of_other_programs_in_the_schema_are_ignored(database_url: str) -> None:
    engine = create_engine(database_url, pool_size=1)
    async with engine.connect() as connection:
        await connection.execute(text("CREATE ROLE plain_owner"))
        await connection.execute(text("CREATE ROLE somebody_else"))
        for table in grants.tables():
            await connection.execute(text(f"ALTER TABLE {table} OWNER TO plain_owner"))
        await connection.execute(text("CREATE TABLE theirs (id serial)"))
        await connection.execute(text("ALTER TABLE theirs OWNER TO somebody_else"))
        await connection.execute(text("SET LOCAL ROLE plain_owner"))
        reported = await connection.run_sync(lambda sync: roles.apply(sync, {}))
        await connection.rollback()
    await engine.dispose()
    assert reported == []


async def test_doctor_names_processes_with_all_rights(database_url: str) -> None:
    async def named(environ: dict[str, str]) -> list[str]:
        return [
            line.partition(" may")[0]
            for line in await report_of_database(environ)
            if line.startswith("rights:") and " may" in line
        ]

    shared = {
        "DATABASE_URL": database_url,
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 30,
        "TELEGRAM_API_ID": "1",
        "TELEGRAM_API_HASH": "hash",
        "SESSION_KEY": "key",
    }
    assert await named(shared) == ["rights: web, worker, bot, userbot"]
    own = {f"{name.upper()}_DATABASE_URL": as_process(database_url, name) for name in ("web", "worker", "userbot")}
    assert await named(shared | own) == ["rights: bot"]
    own["BOT_DATABASE_URL"] = as_process(database_url, "bot")
    assert await named(shared | own) == []


def test_credentials_of_a_process_can_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "web").write_text("postgresql://umbral_web:own@pooler:6432/umbral\n")
    environ = {"DATABASE_URL_FILE": "/run/secrets/all", "WEB_DATABASE_URL_FILE": str(tmp_path / "web")}
    web = environment_of("web", environ)
    assert web["DATABASE_URL"] == "postgresql://umbral_web:own@pooler:6432/umbral"
    assert load(CoreSettings, web).database_url.get_secret_value() == web["DATABASE_URL"]
    with pytest.raises(SettingsError, match="WEB_DATABASE_URL: is given twice"):
        environment_of("web", environ | {"WEB_DATABASE_URL": "postgresql://umbral_web@pooler/umbral"})


def test_process_login_replaces_the_shared_login_in_pooled_and_direct_addresses() -> None:
    environ = {
        "DATABASE_URL": "postgresql://umbral:all@pooler:6432/umbral",
        "DATABASE_DIRECT_URL": "postgresql://umbral:all@server:5432/umbral",
        "WEB_DATABASE_URL": "postgresql://umbral_web:own@pooler:6432/umbral",
    }
    assert environment_of("bot", environ) == environ
    web = environment_of("web", environ)
    assert web["DATABASE_URL"] == environ["WEB_DATABASE_URL"]
    assert web["DATABASE_DIRECT_URL"] == "postgresql://umbral_web:own@server:5432/umbral"
