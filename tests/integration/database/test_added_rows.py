"""Rows that a login adds or changes outside of any use case are reported; those of use cases are not."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg
import pytest

from subscriptions.application.alarms.watch_rows import WatchRows
from subscriptions.application.routing import jobs_for
from subscriptions.application.staff.actor import SHELL
from subscriptions.infrastructure.database import grants
from subscriptions.infrastructure.database.deletions import SqlRecords
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.selling import selling
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.fakes.units import Units, sql_unit
from tests.support.postgres import as_process
from tests.upgrade import earlier

PLANTED = {
    "api_keys": (
        "INSERT INTO api_keys (name, digest, abilities, created_at)"
        " VALUES ('planted', 'd', 'refund customers manage-staff', now())"
    ),
    "own_roles": "INSERT INTO own_roles (name, permissions) VALUES ('planted', 'console.open')",
    "custom_settings": "INSERT INTO custom_settings (name, value, changed_at) VALUES ('SUPPORT_CONTACT', '@x', now())",
    "staff_invitations": (
        "INSERT INTO staff_invitations (id, digest, role, made_by, made_at, expires_at)"
        " VALUES (gen_random_uuid(), 'd', 'admin', '5', now(), now() + interval '1 day')"
    ),
    "console_visits": (
        "INSERT INTO console_visits (link, person, offered_at, key, entered_at, seen_at)"
        " VALUES ('planted', 5, now(), 'k', now(), now())"
    ),
    "customers": "UPDATE customers SET staff_role = 'admin' WHERE telegram_id = 7",
    "second_factors": (
        "INSERT INTO second_factors (person, secret, confirmed_at, last_step, misses) VALUES (5, 's', now(), 0, 0)"
    ),
}
"""Statements by which somebody with the console's login gains rights."""


ADDED = {
    "web": ["picks"],
    "bot": [
        *("custom_texts", "payments", "picks", "plan_payment_prices", "plan_resources"),
        *("resource_contents", "resources", "service_plans"),
    ],
    "console": [
        *("custom_texts", "ledger_entries", "picks", "plan_payment_prices", "plan_resources"),
        *("resource_contents", "resources", "service_plans"),
    ],
}
"""Tables of plans, posts, time and payments, whose added rows are reported, keyed by the login that may add them."""
CODE = (
    "INSERT INTO activation_tokens (id, token, plan_id, price_minor, price_currency, duration_days, created_at,"
    " expires_at, note, campaign, opened, sealed, keyless) SELECT gen_random_uuid(), 'AAAABBBBCCCCDDD2', id,"
    " price_minor, price_currency, 30, now(), now() + interval '90 days', '', '', 0, true, true FROM service_plans"
)


async def check(database_url: str) -> set[tuple[str, str]]:
    """Run the worker's check; return the login and the table of every alarm about added or changed rows."""
    engine = create_engine(as_process(database_url, "worker"))
    units = Units(lambda: sql_unit(engine, jobs_for), engine=engine)
    records = [SqlRecords(engine, log) for log in ("deletions", "additions")]
    await WatchRows(units, ManualClock(datetime.now(UTC)), *records)()
    await engine.dispose()
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch("SELECT facts FROM alarms WHERE kind = 'rows_added'")
    await connection.close()
    facts = [json.loads(row["facts"]) for row in rows]
    return {(each["login"], each["table"]) for each in facts}


async def as_login(database_url: str, process: str, *statements: str) -> None:
    connection = await asyncpg.connect(as_process(database_url, process))
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


@pytest.fixture
async def customer(database_url: str, units: Units) -> None:
    async with units() as uow:
        await uow.customers.save(samples.customer(telegram_id=7))
        await uow.commit()


@pytest.mark.usefixtures("customer")
@pytest.mark.parametrize("table", PLANTED)
async def test_planted_row_raises_an_alarm(database_url: str, table: str) -> None:
    await as_login(database_url, "console", PLANTED[table])
    assert await check(database_url) == {("umbral_console", table)}
    assert await check(database_url) == {("umbral_console", table)}


async def test_broadcast_planted_by_the_web_login_raises_an_alarm(database_url: str) -> None:
    if "broadcasts" not in grants.tables():
        pytest.skip("the feature is removed")
    statement = (
        "INSERT INTO broadcasts (id, key, content, audience, status, revision, starts_at, created_at)"
        " VALUES (gen_random_uuid(), 'api:planted:1', '{}', '{}', 'scheduled', 1, now(), now())"
    )
    await as_login(database_url, "web", statement)
    assert await check(database_url) == {("umbral_web", "broadcasts")}


@pytest.mark.parametrize("process", ADDED)
async def test_row_that_a_login_adds_to_what_is_sold_raises_an_alarm(new_database_url: str, process: str) -> None:
    await earlier.fill(new_database_url)
    owner = await asyncpg.connect(new_database_url)
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        # The numbers of the filled rows are those of the first new ones.
        await owner.execute("TRUNCATE additions, deletions, pgqueuer")
        await owner.execute("UPDATE ledger_entries SET payment_id = NULL")
    login = await asyncpg.connect(as_process(new_database_url, process))
    for table in ADDED[process]:
        columns = await owner.fetchval(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'",
            table,
        )
        await owner.execute(f"CREATE TABLE kept_{table} AS SELECT {columns} FROM {table}")
        await owner.execute(f"GRANT SELECT ON kept_{table} TO PUBLIC")
        async with owner.transaction():
            # Rows that refer to these rows stay, because the same rows are added again.
            await owner.execute("SET LOCAL session_replication_role = replica")
            await owner.execute(f"DELETE FROM {table}")
        added = await login.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM kept_{table}")
        assert not added.endswith(" 0"), table
    await login.execute(f"{CODE} LIMIT 1")
    reported = {*ADDED[process], "activation_tokens"}
    assert await check(new_database_url) == {(f"umbral_{process}", table) for table in reported}
    await login.close()
    await owner.close()


@pytest.mark.parametrize(("process", "reported"), [("console", True), ("bot", False)])
async def test_subscription_that_only_the_console_login_adds_raises_an_alarm(
    database_url: str, units: Units, process: str, reported: bool
) -> None:
    ana, plan = samples.customer(), samples.plan()
    async with units() as uow:
        await uow.customers.save(ana)
        await uow.plans.save(plan)
        await uow.commit()
    engine = create_engine(as_process(database_url, process))
    async with sql_unit(engine, jobs_for) as uow:
        await uow.subscriptions.save(samples.given(ana, plan, samples.NOON))
        await uow.commit()
    await engine.dispose()
    assert await check(database_url) == ({("umbral_console", "subscriptions")} if reported else set())


@pytest.mark.parametrize("process", ["worker", "bot", "console"])
async def test_planted_request_for_a_refund_raises_an_alarm(database_url: str, units: Units, process: str) -> None:
    async with units() as uow:
        await selling(uow)
        await uow.commit()
    statement = (
        "INSERT INTO refund_requests (operation, payment_id, amount_minor, amount_currency, asked_at)"
        " SELECT 'planted', id, 1, 'EUR', now() FROM payments"
    )
    await as_login(database_url, process, statement)
    assert await check(database_url) == {(f"umbral_{process}", "refund_requests")}


async def test_price_that_a_login_changes_raises_an_alarm(database_url: str, units: Units) -> None:
    async with units() as uow:
        await uow.plans.save(samples.plan())
        await uow.commit()
    await as_login(database_url, "console", "UPDATE service_plans SET name = 'another', position = 7")
    assert await check(database_url) == set()
    await as_login(database_url, "console", "UPDATE service_plans SET price_minor = 1")
    assert await check(database_url) == {("umbral_console", "service_plans")}


async def test_payment_that_the_worker_records_raises_no_alarm(new_database_url: str) -> None:
    await earlier.fill(new_database_url)
    owner = await asyncpg.connect(new_database_url)
    login = await asyncpg.connect(as_process(new_database_url, "worker"))
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        await owner.execute("CREATE TABLE kept AS SELECT * FROM payments")
        await owner.execute("GRANT SELECT ON kept TO PUBLIC")
        await owner.execute("DELETE FROM payments")
    await login.execute("INSERT INTO payments SELECT * FROM kept")
    assert await check(new_database_url) == set()
    await login.close()
    await owner.close()


async def test_changed_permissions_of_a_role_raise_an_alarm(database_url: str) -> None:
    owner = await asyncpg.connect(database_url)
    await owner.execute("INSERT INTO own_roles (name, permissions) VALUES ('books', 'list.export')")
    await owner.close()
    assert await check(database_url) == set()
    await as_login(database_url, "console", "UPDATE own_roles SET permissions = 'console.open staff.manage'")
    assert await check(database_url) == {("umbral_console", "own_roles")}


async def test_row_with_an_audit_entry_in_the_same_transaction_raises_no_alarm(database_url: str) -> None:
    owner = await asyncpg.connect(database_url)
    await owner.execute("INSERT INTO own_roles (name, permissions) VALUES ('books', 'console.open list.export')")
    engine = create_engine(as_process(database_url, "console"))
    units = Units(lambda: sql_unit(engine, jobs_for), engine=engine)
    shop = Shop(units, engine=engine, clock=ManualClock(samples.NOON))
    await Staff(shop)(SHELL, "change_role", "books", permissions="console.open")
    await engine.dispose()
    assert await owner.fetchval("SELECT count(*) FROM additions") == 1
    await owner.close()
    assert await check(database_url) == set()


@pytest.mark.parametrize("process", grants.PROCESSES)
async def test_no_login_can_forge_or_remove_addition_records(database_url: str, process: str) -> None:
    owner = await asyncpg.connect(database_url)
    await owner.execute(
        "INSERT INTO additions (at, login, relation, transaction) VALUES (now(), 'umbral_bot', 'api_keys', 1)"
    )
    login = await asyncpg.connect(as_process(database_url, process))
    for statement in (
        "INSERT INTO additions (at, login, relation, transaction) VALUES (now(), 'x', 'x', 1)",
        "UPDATE additions SET login = 'x'",
        "UPDATE additions SET transaction = 2",
        "DELETE FROM additions",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await login.execute(statement)
    await login.close()
    await owner.close()


async def test_every_watched_table_can_be_looked_through(new_database_url: str) -> None:
    await earlier.fill(new_database_url)
    watched = {table for table, rights in grants.tables().items() if rights.watched and rights.watched.shown}
    _, lines = await after_theft(new_database_url)
    assert {line.split(":")[0] for line in lines if not line.startswith(" ")} >= watched


async def after_theft(database_url: str) -> tuple[int, Sequence[str]]:
    """Run `umbral doctor --after-theft`; return the exit status and the lines."""
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "umbral", "doctor", "--after-theft"),
        env={**os.environ, "DATABASE_URL": database_url},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await command.communicate()
    return command.returncode or 0, output.decode().splitlines()


async def test_planted_key_is_named_after_the_passwords_are_changed(database_url: str) -> None:
    await as_login(database_url, "console", PLANTED["api_keys"])
    await check(database_url)
    status, lines = await after_theft(database_url)
    assert status == 1
    assert lines[0].startswith("umbral_console added or changed 1 row of api_keys since ")
    assert lines[0].endswith(" UTC, without an audit entry: planted")
    assert any(line.startswith("  planted, refund customers manage-staff, created ") for line in lines)
