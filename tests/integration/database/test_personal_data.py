"""Check that each column of the database declares whether it contains personal data."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.database.personal_data import FORGET_LATE_EVENTS, FORGET_LATE_UPDATES
from subscriptions.infrastructure.database.personal_tables import PERSONAL, PERSONAL_TABLES, TABLES, kind
from subscriptions.infrastructure.database.tables.inbox import WEBHOOKS
from subscriptions.infrastructure.database.tables.personal import KINDS, Fate
from subscriptions.infrastructure.repositories.personal_repository import _sql

COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables
    USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
    AND NOT starts_with(table_name, 'alembic_version_')
"""


async def test_declared_columns_are_exactly_the_columns_of_the_database(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        there = {f"{table}.{column}" for table, column in await connection.execute(text(COLUMNS))}
    declared = {str(column) for table in TABLES.values() for column in table.c}

    assert declared - there == set(), "declared, and not there"
    assert there - declared == set(), "whose is it? say so where its table is declared"


def test_every_column_declares_its_kind_of_data_and_personal_tables_declare_the_customer() -> None:
    kinds = {column: kind(column) for table in TABLES.values() for column in table.c}
    wrong = [
        str(column)
        for column, each in kinds.items()
        if each not in (KINDS if column.table.name in PERSONAL else {"ours", "technical", "money"})
    ]
    # A table that references a personal table declares the person, or that it has none.
    referring = [
        table.name
        for table in TABLES.values()
        if "person" not in table.info and {key.column.table.name for key in table.foreign_keys} & PERSONAL.keys()
    ]

    assert (wrong, referring) == ([], [])


def test_retained_data_of_an_erased_customer_has_a_declared_reason() -> None:
    assert [
        held.table for held in PERSONAL_TABLES if held.person.fate is not Fate.DELETE and not held.person.reason
    ] == []
    assert [held.table for held in PERSONAL_TABLES if bool(held.blank) != (held.person.fate is Fate.BLANK)] == []


@pytest.mark.parametrize("statement", [FORGET_LATE_EVENTS, FORGET_LATE_UPDATES])
async def test_query_for_late_events_of_erased_customers_uses_hash_lookups(engine: AsyncEngine, statement: str) -> None:
    async with engine.connect() as connection:
        explain, asked = _sql(f"EXPLAIN {statement}"), {"limit": 1000, "now": datetime.now(UTC)}
        given = {name: asked[name] for name in explain.compile().params}
        plan = "\n".join((await connection.execute(explain, given)).scalars())
    # The lists are read once and looked up.
    looked_up = statement.count(" IN (SELECT")
    assert looked_up == plan.count("hashed SubPlan") > 0, plan


async def test_webhook_events_about_a_person_are_found_by_index(engine: AsyncEngine) -> None:
    asked = {"person": 7, "customer": None, "marks": "7", "limit": 1}
    async with engine.connect() as connection:
        await connection.execute(text("SET enable_seqscan = off"))
        statement = _sql(f"EXPLAIN SELECT id FROM webhook_inbox WHERE {WEBHOOKS}")
        given = {name: asked[name] for name in statement.compile().params}
        plan = "\n".join((await connection.execute(statement, given)).scalars())
    assert ("ix_webhook_inbox_refs" in plan, "ix_webhook_inbox_left" in plan) == (True, True), plan
    assert "Seq Scan on webhook_inbox" not in plan
