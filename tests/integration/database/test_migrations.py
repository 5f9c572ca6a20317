"""Migrations applied, reverted and applied again, and compared with the tables in code."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from pgqueuer.adapters.persistence.queries import Queries
from sqlalchemy import text

from subscriptions.bootstrap import migrate
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.tables import metadata
from tests.support.fork_clients import ForkClient
from tests.support.postgres import Server, in_own_thread

PATIENCE_S = 120.0

CATALOG = """
SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
    || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    AND c.relname NOT LIKE 'pgqueuer%' AND c.relname NOT LIKE 'alembic%'
UNION ALL
SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    AND conrelid::regclass::text NOT LIKE 'pgqueuer%' AND conrelid::regclass::text NOT LIKE 'alembic%'
UNION ALL
SELECT 'index ' || indexdef FROM pg_indexes
WHERE schemaname = 'public' AND tablename NOT LIKE 'pgqueuer%' AND tablename NOT LIKE 'alembic%'
"""


def bare_config() -> Config:
    """Return a configuration with the revisions' folder and without a database."""
    config, folder = Config(), migrate.migrations_folder() / "versions"
    config.set_main_option("script_location", str(migrate.migrations_folder()))
    config.set_main_option("version_locations", f"{folder / 'baseline'}\n{folder}")
    config.set_main_option("path_separator", "newline")
    return config


def revisions() -> list[str]:
    """Return all revisions, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(bare_config()).walk_revisions()][::-1]


async def catalog(url: str) -> set[str]:
    """Return columns, constraints and indexes of a database as text."""
    connection = await asyncpg.connect(url)
    try:
        return {row[0] for row in await connection.fetch(CATALOG)}
    finally:
        await connection.close()


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return {row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    finally:
        await connection.close()


def test_every_revision_can_be_applied_reverted_and_applied_again(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, read = revisions(), ScriptDirectory.from_config(bare_config())
    # Alembic reads all revisions again for each of four hundred steps, which takes most of the time.
    monkeypatch.setattr(ScriptDirectory, "from_config", lambda config: read)
    assert names[0] == "001_create_customers"
    for number, revision in enumerate(names):
        before = names[number - 1] if number else "base"
        migrate.upgrade(empty_database_url, revision)
        migrate.downgrade(empty_database_url, before)
        migrate.upgrade(empty_database_url, revision)
    assert asyncio.run(migrate.current(empty_database_url)) == names[-1]
    migrate.downgrade(empty_database_url, "base")
    assert asyncio.run(tables(empty_database_url)) == {"alembic_version"}


def test_revision_names_fit_alembics_column() -> None:
    assert [name for name in revisions() if len(name) > 32] == []


async def test_migrations_create_the_tables_of_the_code(database_url: str, empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE EXTENSION pg_trgm"))
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    migrated, declared = await catalog(database_url), await catalog(empty_database_url)
    assert migrated - declared == set()
    assert declared - migrated == set()


async def test_queue_tables_match_the_installed_release(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        plan = await Queries.from_asyncpg_connection(connection).plan_upgrade()
    finally:
        await connection.close()
    assert list(plan.statements) == []


async def test_processes_that_start_together_run_the_migrations_once(
    empty_database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    program = "import sys; from subscriptions.bootstrap.migrate import upgrade; upgrade(sys.argv[1])"
    command, log = [sys.executable, "-c", program, empty_database_url], tmp_path / "log"
    processes = [fork_client.start(command, log=log) for _ in range(3)]
    assert [process.wait(PATIENCE_S) for process in processes] == [0, 0, 0], log.read_text()
    assert await migrate.current(empty_database_url) == revisions()[-1]


def test_database_in_use_is_migrated_one_revision_at_a_time(empty_database_url: str) -> None:
    assert migrate.steps(empty_database_url, "head") == ["head"]
    *_, before, _, last = revisions()
    migrate.upgrade(empty_database_url, before)

    assert migrate.steps(empty_database_url, "head") == revisions()[-2:]
    migrate.upgrade(empty_database_url)
    assert asyncio.run(migrate.current(empty_database_url)) == last


def test_empty_database_has_no_current_revision(empty_database_url: str) -> None:
    assert in_own_thread(lambda: asyncio.run(migrate.current(empty_database_url))) is None


def test_price_row_can_be_inserted_by_hand_with_three_columns(postgres_server: Server, database_url: str) -> None:
    by_hand = """
        INSERT INTO service_plans (id, soft_id, name, emoji, description, price_minor, price_currency, recurring,
            interval, interval_count, trial_days, access, active, position, created_at)
        VALUES ('11111111-1111-4111-8111-111111111111', 'retabet', 'Retabet', '', '', 2999, 'EUR', true,
            'month', 1, 0, 'personal_channel', true, 0, now());
        INSERT INTO plan_payment_prices (plan_id, provider, external_price_id)
        VALUES ('11111111-1111-4111-8111-111111111111', 'acme', 'price-1')
    """
    in_own_thread(lambda: asyncio.run(run(database_url, by_hand)))


async def run(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


@pytest.mark.parametrize("url", ["", "mysql://h/d", "postgresql://user:secret@host", "nonsense"])
def test_invalid_database_address_is_refused_and_not_printed(url: str) -> None:
    with pytest.raises(Exception, match="DATABASE_URL") as refused:
        migrate.upgrade(url)
    assert "secret" not in str(refused.value)
