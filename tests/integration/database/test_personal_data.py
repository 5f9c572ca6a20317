"""Where data about people lies is declared for every column of the database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.database.personal_data import (
    FORGET_LATE_EVENTS,
    FORGET_LATE_UPDATES,
    NOBODYS,
    WEBHOOKS,
)
from subscriptions.infrastructure.database.personal_tables import HELD
from subscriptions.infrastructure.repositories.personal_repository import _sql

COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables
    USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
"""


async def test_every_column_of_every_table_is_declared_as_somebodys_or_nobodys(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        there = {f"{table}.{column}" for table, column in await connection.execute(text(COLUMNS))}
    somebodys = [f"{held.table}.{name}" for held in HELD for names in held.by_kind.values() for name in names]
    nobodys = [f"{table}.{name}" for table, names in NOBODYS.items() for name in names.split()]
    declared = somebodys + nobodys

    assert len(declared) == len(set(declared))
    assert set(declared) - there == set(), "declared, and not there"
    assert there - set(declared) == set(), "whose is it? say so in personal_tables.py, or personal_data.NOBODYS"


def test_what_is_kept_of_an_erased_person_says_why() -> None:
    silent = [held.table for held in HELD if held.fate != "deleted" and not held.why]
    blanked = [
        held.table for held in HELD if set(held.blank) - {name for each in held.by_kind.values() for name in each}
    ]

    assert (silent, blanked) == ([], [])


@pytest.mark.parametrize("statement", [FORGET_LATE_EVENTS, FORGET_LATE_UPDATES])
async def test_late_words_are_found_without_holding_each_against_everybody_forgotten(
    engine: AsyncEngine, statement: str
) -> None:
    async with engine.connect() as connection:
        explain, asked = _sql(f"EXPLAIN {statement}"), {"limit": 1000, "now": datetime.now(UTC)}
        given = {name: asked[name] for name in explain.compile().params}
        plan = "\n".join((await connection.execute(explain, given)).scalars())
    # The lists are read once and looked up.
    looked_up = statement.count(" IN (SELECT")
    assert looked_up == plan.count("hashed SubPlan") > 0, plan


async def test_letters_are_found_by_what_they_name_without_reading_all(engine: AsyncEngine) -> None:
    asked = {"person": 7, "customer": None, "marks": "7", "limit": 1}
    async with engine.connect() as connection:
        await connection.execute(text("SET enable_seqscan = off"))
        statement = _sql(f"EXPLAIN SELECT id FROM webhook_inbox WHERE {WEBHOOKS}")
        given = {name: asked[name] for name in statement.compile().params}
        plan = "\n".join((await connection.execute(statement, given)).scalars())
    assert ("ix_webhook_inbox_refs" in plan, "ix_webhook_inbox_left" in plan) == (True, True), plan
    assert "Seq Scan on webhook_inbox" not in plan
