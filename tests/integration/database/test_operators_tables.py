"""Check that the tables, columns and indexes named in docs/operators-documents.md exist in the migrated database."""

from __future__ import annotations

import re
from collections.abc import Sequence

import asyncpg
import pytest

from tests.architecture.test_operators_documents import rows, text_of_page

TABLE = re.compile(r"Table `(\w+)`")
INDEX = re.compile(r"index `(\w+)`")
TYPES = {"an integer": "integer", "String(64)": "character varying(64)"}
"""PostgreSQL's names of column types, keyed by their names in the documents."""


def claims(requirement: str) -> tuple[str, Sequence[str], Sequence[str]]:
    """Return the table, the columns and the indexes named in a requirement."""
    table = TABLE.findall(requirement)[0]
    indexes = INDEX.findall(requirement)
    names = re.findall(r"`(\w+)`", requirement)
    return table, [name for name in names if name not in {table, *indexes}], indexes


async def wrongs(connection: asyncpg.Connection[asyncpg.Record], requirement: str) -> list[str]:
    """Return the claims of a requirement that are wrong in the database: missing tables, columns and indexes, and
    different types, defaults and constraints.
    """
    table, names, indexes = claims(requirement)
    found = await connection.fetch(
        "select attname, format_type(atttypid, atttypmod) as type, attnotnull, pg_get_expr(adbin, adrelid) as start"
        " from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum"
        " where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
        table,
    )
    columns = {row["attname"]: row for row in found}
    wrong = [] if columns else [table]
    wrong += [f"{table}.{name}" for name in names if name not in columns]
    for name in (each for each in names if each in columns):
        column = columns[name]
        wrong += [f"{name}: {said}" for said, kind in TYPES.items() if said in requirement and column["type"] != kind]
        if "may be NULL" in requirement and column["attnotnull"]:
            wrong.append(f"{name} may not be NULL")
        if match := re.search(r"default (\w+)", requirement):
            wrong += [f"{name} begins otherwise"] if column["start"] != match[1] else []
    kept = await connection.fetch("select indexname, indexdef from pg_indexes where tablename = $1", table)
    wrong += [each for each in indexes if each not in {row["indexname"] for row in kept}]
    if "unique" in requirement:
        unique = [row["indexdef"] for row in kept if "UNIQUE" in row["indexdef"]]
        wrong += [f"{name} is not unique" for name in names if not any(f"({name})" in each for each in unique)]
    return wrong


def test_page_about_tables_names_the_main_tables() -> None:
    named = [row[0] for row in rows(text_of_page()) if TABLE.search(row[0])]
    assert {claims(each)[0] for each in named} >= {"customers", "service_plans", "subscriptions", "vip_entries"}
    assert len(named) >= 11


async def test_tables_columns_and_indexes_named_on_the_page_exist(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        for requirement, _, _ in (row for row in rows(text_of_page()) if TABLE.search(row[0])):
            assert await wrongs(connection, requirement) == [], requirement
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "requirement",
    [
        "Table `nowhere`: `id`",
        "Table `customers`: `no_such_column`",
        "Table `vip_entries`: index `idx_nothing`",
        "Table `vip_entries`: `vip_entry_stage`, String(64)",
        "Table `vip_entries`: `vip_entry_stage`, default 2",
        "Table `vip_entries`: `customer_id`, may be NULL",
        "Table `vip_entries`: `vip_entry_stage`, unique",
    ],
)
async def test_wrong_documentation_of_a_table_column_or_index_is_found(database_url: str, requirement: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        assert await wrongs(connection, requirement) != []
    finally:
        await connection.close()
