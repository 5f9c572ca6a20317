"""Check that rows of the previous release survive the migrations, can be read by this version, and can be written while
both versions run.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from subscriptions.bootstrap import migrate
from subscriptions.domain.ids import CustomerId, OrderId
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.unit_of_work import SqlUnitOfWork
from tests.fakes.units import route_by_name, sql_unit
from tests.support.postgres import in_own_thread
from tests.upgrade import earlier
from tests.upgrade.record import ROWS

RECORDED: Mapping[str, Any] = json.loads(ROWS.read_text())
TABLES: Mapping[str, list[dict[str, Any]]] = RECORDED["tables"]


def upgrade(url: str, revision: str = "head") -> None:
    in_own_thread(lambda: migrate.upgrade(url, revision))


async def write(url: str) -> None:
    """Insert the rows as the previous release does, with its own columns only."""
    connection = await asyncpg.connect(url)
    try:
        # The userbot accounts of the channels are not recorded, because they hold sessions.
        await connection.execute("SET session_replication_role = replica")
        # A new database has two of them; the previous release's are inserted.
        await connection.execute("DELETE FROM resources")
        for table, rows in TABLES.items():
            columns = ", ".join(f'"{name}"' for name in rows[0])
            source = f'SELECT {columns} FROM jsonb_populate_recordset(NULL::"{table}", $1::jsonb)'
            await connection.execute(
                f'INSERT INTO "{table}" ({columns}) OVERRIDING SYSTEM VALUE {source}', json.dumps(rows)
            )
    finally:
        await connection.close()


async def written(url: str) -> dict[str, list[dict[str, Any]]]:
    """Return the current values of the columns that the previous release wrote."""
    connection = await asyncpg.connect(url)
    try:
        found = {name: await connection.fetch(f'SELECT to_jsonb(t) AS row FROM "{name}" t') for name in TABLES}
    finally:
        await connection.close()
    rows = {name: [json.loads(each["row"]) for each in those] for name, those in found.items()}
    return {name: [{key: row[key] for key in TABLES[name][0]} for row in those] for name, those in rows.items()}


def as_sets(tables: Mapping[str, list[dict[str, Any]]]) -> dict[str, set[str]]:
    return {name: {json.dumps(row, sort_keys=True) for row in rows} for name, rows in tables.items()}


async def read_and_save(url: str) -> None:
    """Load and save every row through this version's entities."""
    engine = create_engine(url)
    try:
        async with sql_unit(engine, route_by_name) as uow:
            for row in TABLES["customers"]:
                await _customer(uow, CustomerId(row["id"]))
            for row in TABLES["orders"]:
                await _order(uow, OrderId(row["id"]))
            for row in TABLES["notifications"]:
                owed = await uow.notifications.by_key(row["key"])
                assert owed is not None
                await uow.notifications.save(owed)
            await uow.commit()
    finally:
        await engine.dispose()


async def _customer(uow: SqlUnitOfWork, customer_id: CustomerId) -> None:
    customer = await uow.customers.get(customer_id)
    assert customer is not None
    await uow.customers.save(customer)
    for subscription in await uow.subscriptions.of_customer(customer_id):
        assert await uow.ledger.of_subscription(subscription.id)
        assert await uow.plans.get(subscription.plan_id) is not None
        channel = await uow.channels.personal_of(customer_id, subscription.plan_id)
        assert channel is not None
        access = await uow.accesses.find(customer_id, channel.id)
        assert access is not None
        await uow.subscriptions.save(subscription)
        await uow.channels.save(channel)
        await uow.accesses.save(access)


async def _order(uow: SqlUnitOfWork, order_id: OrderId) -> None:
    order = await uow.orders.get(order_id)
    assert order is not None
    await uow.orders.save(order)
    for attempt in await uow.orders.attempts(order_id):
        await uow.orders.save_attempt(attempt)
    for payment in await uow.payments.of_order(order_id):
        await uow.payments.save(payment)


def test_rows_of_previous_release_survive_migrations_and_are_read_and_saved_unchanged(empty_database_url: str) -> None:
    asyncio.run(earlier.create(empty_database_url))
    asyncio.run(write(empty_database_url))
    upgrade(empty_database_url)
    assert as_sets(asyncio.run(written(empty_database_url))) == as_sets(TABLES)
    asyncio.run(read_and_save(empty_database_url))
    assert as_sets(asyncio.run(written(empty_database_url))) == as_sets(TABLES)


def test_rows_of_the_previous_release_can_be_written_to_the_new_schema(database_url: str) -> None:
    asyncio.run(write(database_url))
    assert as_sets(asyncio.run(written(database_url))) == as_sets(TABLES)
    asyncio.run(read_and_save(database_url))


async def begin_next_periods(url: str) -> None:
    """Let the next period of every subscription begin. The charge of the last one has failed."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "UPDATE subscriptions SET access_until = now() - interval '3 days', status = 'active',"
            " current_period_start = now() - interval '3 days', current_period_end = now() + interval '27 days',"
            " owed_since = CASE WHEN id = $1 THEN now() END",
            TABLES["subscriptions"][-1]["id"],
        )
    finally:
        await connection.close()


async def charging(url: str) -> dict[str, bool]:
    """Return, by subscription, whether its current period is stored as being charged."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT id, charging_since = current_period_start AS charging FROM subscriptions")
    finally:
        await connection.close()
    return {str(row["id"]): bool(row["charging"]) for row in rows}


def test_upgrade_stores_charges_that_are_under_way_so_that_their_customers_keep_access(
    empty_database_url: str,
) -> None:
    asyncio.run(earlier.create(empty_database_url))
    asyncio.run(write(empty_database_url))
    asyncio.run(begin_next_periods(empty_database_url))
    upgrade(empty_database_url)
    *charged, refused = (row["id"] for row in TABLES["subscriptions"])
    assert asyncio.run(charging(empty_database_url)) == {**dict.fromkeys(charged, True), refused: False}


PAYMENT: Mapping[str, Any] = TABLES["payments"][0]
REFUND_ID = UUID(int=7)
REQUESTS = {"answered": ("refund_id",), "failed": ("failed_at",), "accepted": ("accepted_at",), "open": ()}


async def act_as_the_previous_release(url: str) -> None:
    """Request refunds of a payment, and store their results and a refund, as the previous release does."""
    line = "INSERT INTO audit_log (actor, action, subject, why, at, facts) VALUES ('7', $1, $2, '', $3, $4)"
    connection, start = await asyncpg.connect(url), datetime(2026, 1, 1, tzinfo=UTC)
    try:
        # The rows are inserted with their numbers.
        await connection.execute("SELECT setval(pg_get_serial_sequence('audit_log', 'id'), 1000)")
        for minutes, (action, operation) in enumerate(
            [
                *(("payment.refund", each) for each in ("answered", "failed", "accepted", "open")),
                ("payment.refund_failed", "failed"),
                ("payment.refund_asked", "accepted"),
            ]
        ):
            facts = json.dumps({"operation": operation, "minor": "100", "amount": "1.00 EUR"})
            await connection.execute(line, action, PAYMENT["id"], start + timedelta(minutes=minutes), facts)
        for facts in ({"operation": "invalid", "minor": "1e9"}, {"minor": "100"}):
            await connection.execute(line, "payment.refund", PAYMENT["id"], start, json.dumps(facts))
        await connection.execute(
            line, "payment.refund", "no payment", start, json.dumps({"operation": "x", "minor": "1"})
        )
        await connection.execute(
            "INSERT INTO refunds (id, provider, refund_key, payment_id, amount_minor, amount_currency, status,"
            " occurred_at, recorded_at) VALUES ($1, 'stripe', 're-new', $2, 100, 'EUR', 'given', $3, $3)",
            *(REFUND_ID, PAYMENT["id"], start + timedelta(hours=1)),
        )
    finally:
        await connection.close()


async def requests(url: str) -> dict[str, tuple[str, ...]]:
    """Return which of its results each request for a refund has, by operation."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT *, amount_minor = 100 AND amount_currency = 'EUR' AS whole FROM refund_requests"
        )
    finally:
        await connection.close()
    assert all(row["whole"] and str(row["payment_id"]) == PAYMENT["id"] for row in rows)
    assert {row["refund_id"] for row in rows if row["operation"] == "answered"} == {REFUND_ID}
    results = ("accepted_at", "failed_at", "refund_id")
    return {row["operation"]: tuple(name for name in results if row[name] is not None) for row in rows}


def test_requests_for_refunds_that_the_previous_release_recorded_are_copied(empty_database_url: str) -> None:
    asyncio.run(earlier.create(empty_database_url))
    asyncio.run(write(empty_database_url))
    upgrade(empty_database_url, "204_store_facts")
    asyncio.run(act_as_the_previous_release(empty_database_url))
    upgrade(empty_database_url)
    assert asyncio.run(requests(empty_database_url)) == REQUESTS


def test_requests_for_refunds_of_the_previous_release_are_followed_while_both_run(database_url: str) -> None:
    asyncio.run(write(database_url))
    asyncio.run(act_as_the_previous_release(database_url))
    assert asyncio.run(requests(database_url)) == REQUESTS
