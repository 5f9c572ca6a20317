"""Where data about people lies is declared for every column of the database."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.database.personal_data import FORGET_LATE_EVENTS, FORGET_LATE_UPDATES, NOBODYS
from subscriptions.infrastructure.database.personal_tables import HELD

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
        plan = "\n".join((await connection.execute(text(f"EXPLAIN {statement}"), {"limit": 1000})).scalars())
    # Both lists are read once and looked up.
    assert plan.count("hashed SubPlan") == 2, plan
