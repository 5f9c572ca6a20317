"""Migrations of a database in use: short lock waits, retries, and indexes built concurrently with writes."""

from __future__ import annotations

import asyncio
import shutil
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from subscriptions.bootstrap import migrate
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.database import online_changes
from tests.support.fork_clients import ForkClient
from tests.support.pooler import pooled
from tests.support.postgres import in_own_thread

TRIAL = """
from alembic import op
from subscriptions.infrastructure.database import online_changes

revision = "{name}"
down_revision = "{before}"


def upgrade() -> None:
    {up}


def downgrade() -> None:
    {down}
"""
NOBODY_ELSE = timedelta()
COLUMN = (
    'op.execute("ALTER TABLE customers ADD COLUMN city text")',
    'op.execute("ALTER TABLE customers DROP COLUMN city")',
)
INDEX = (
    'online_changes.create_index("ix_customers_trial", "customers (zone)")',
    'online_changes.drop_index("ix_customers_trial")',
)
PERSON = (
    "INSERT INTO customers (id, telegram_id, first_name, language, created_at)"
    " VALUES (gen_random_uuid(), {}, 'Ana', 'es', now())"
)
BROKEN = ('op.execute("ALTER TABLE customers ADD COLUMN town text"); op.execute("SELECT 1 / 0")', "pass")


class Trials:
    """The migrations of this version, followed by revisions of a test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.newest = str(migrate.newest_revision())

    def add(self, name: str, steps: tuple[str, str]) -> str:
        """Append a revision after the newest one."""
        up, down = steps
        text = TRIAL.format(name=name, before=self.newest, up=up, down=down)
        (self._folder / "versions" / f"{name}.py").write_text(text)
        self.newest = name
        return name


@pytest.fixture
def trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trials:
    folder = tmp_path / "migrations"
    shutil.copytree(migrate.migrations_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "migrations_folder", lambda: folder)
    return Trials(folder)


@pytest.fixture
def migrated(empty_database_url: str) -> str:
    """Create a migrated database with data."""
    in_own_thread(lambda: migrate.upgrade(empty_database_url))
    return empty_database_url


async def fetch(url: str, statement: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def look(url: str, statement: str) -> list[Any]:
    return in_own_thread(lambda: asyncio.run(fetch(url, statement)))


def columns(url: str) -> set[str]:
    found = look(url, "SELECT column_name FROM information_schema.columns WHERE table_name = 'customers'")
    return {name for (name,) in found}


def revision(url: str) -> str | None:
    return in_own_thread(lambda: asyncio.run(migrate.current(url)))


@contextmanager
def transaction(url: str, statement: str) -> Iterator[threading.Event]:
    """Run a statement and keep its transaction open until the event is set."""
    begun, over = threading.Event(), threading.Event()

    async def hold() -> None:
        connection = await asyncpg.connect(url, server_settings={"application_name": "a report"})
        async with connection.transaction():
            await connection.execute(statement)
            begun.set()
            await asyncio.to_thread(over.wait)
        await connection.close()

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(lambda: asyncio.run(hold()))
        begun.wait()
        try:
            yield over
        finally:
            over.set()
            held.result()


def test_migration_retries_while_other_transactions_hold_locks(migrated: str, trials: Trials) -> None:
    trials.add("901_trial", COLUMN)
    said = list[str]()
    with transaction(migrated, "SELECT count(*) FROM customers") as over:

        def say(sentence: str) -> None:
            # While the migration pauses, no session waits for it.
            look(migrated, "SELECT count(*) FROM customers")
            said.append(sentence)
            over.set()

        in_own_thread(lambda: migrate.upgrade(migrated, say=say))
    assert "city" in columns(migrated)
    assert said[0].startswith("migration 901_trial waits for a table that is locked by a transaction open for")
    assert "a report" in said[0]


def test_migration_that_gets_no_lock_changes_nothing(migrated: str, trials: Trials) -> None:
    before = revision(migrated)
    trials.add("901_trial", COLUMN)
    with transaction(migrated, "SELECT count(*) FROM customers"), pytest.raises(migrate.TablesBusy) as refused:
        in_own_thread(lambda: migrate.upgrade(migrated, patience=NOBODY_ELSE))
    assert "901_trial was given up" in str(refused.value)
    assert "Nothing of it was applied" in str(refused.value)
    assert revision(migrated) == before
    assert "city" not in columns(migrated)
    in_own_thread(lambda: migrate.upgrade(migrated))
    assert revision(migrated) == "901_trial"


def test_failed_migration_is_rolled_back_and_earlier_migrations_remain_applied(migrated: str, trials: Trials) -> None:
    trials.add("901_trial", COLUMN)
    trials.add("902_trial", BROKEN)
    with pytest.raises(Exception, match="division by zero"):
        in_own_thread(lambda: migrate.upgrade(migrated))
    assert revision(migrated) == "901_trial"
    assert {"city", "town"} & columns(migrated) == {"city"}


def test_index_is_built_during_writes(migrated: str, trials: Trials) -> None:
    """A writer that started before the index build neither waits for the build nor fails."""
    before = trials.newest
    trials.add("901_trial", INDEX)
    write = PERSON.format(2)
    with transaction(migrated, write) as over, ThreadPoolExecutor(1) as pool:
        building = pool.submit(lambda: migrate.upgrade(migrated))
        waits = (
            "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' AND wait_event = 'virtualxid'"
        )
        while not look(migrated, waits):
            assert not building.done(), building.result()
        look(migrated, PERSON.format(1))
        over.set()
        building.result()
    assert look(migrated, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_customers_trial'::regclass") == [
        (True,)
    ]
    in_own_thread(lambda: migrate.downgrade(migrated, before))
    assert look(migrated, "SELECT 1 FROM pg_indexes WHERE indexname = 'ix_customers_trial'") == []


def test_invalid_index_of_an_interrupted_build_is_rebuilt(migrated: str, trials: Trials) -> None:
    trials.add("901_trial", INDEX)
    look(migrated, "CREATE INDEX ix_customers_trial ON customers (language)")
    look(migrated, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_customers_trial'::regclass")

    in_own_thread(lambda: migrate.upgrade(migrated))

    ((definition, is_valid),) = look(
        migrated,
        "SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index"
        " WHERE indexrelid = 'ix_customers_trial'::regclass",
    )
    assert is_valid
    assert "(zone)" in definition


def test_trial_downgrade_that_looks_for_data_loss_is_rolled_back(migrated: str, trials: Trials) -> None:
    """The trial downgrade, which looks for rows that a downgrade would lose, also handles a revision whose downgrade
    drops an index concurrently.
    """
    before = trials.newest
    trials.add("901_trial", INDEX)
    in_own_thread(lambda: migrate.upgrade(migrated))
    assert in_own_thread(lambda: migrate.would_lose(migrated, before)) == {}
    assert revision(migrated) == "901_trial"
    assert look(migrated, "SELECT 1 FROM pg_indexes WHERE indexname = 'ix_customers_trial'") == [(1,)]


def test_constraint_is_validated_and_rows_are_backfilled_in_batches(
    migrated: str, trials: Trials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online_changes, "BATCH", 2)
    look(
        migrated,
        "INSERT INTO customers (id, telegram_id, first_name, language, created_at)"
        " SELECT gen_random_uuid(), n, 'Ana', 'es', now() FROM generate_series(1, 5) n",
    )
    check = "ALTER TABLE customers ADD CONSTRAINT has_zone CHECK (zone IS NOT NULL) NOT VALID"
    trials.add("901_trial", ("""online_changes.backfill("customers", "zone = 'UTC'", "zone IS NULL")""", "pass"))
    trials.add("902_trial", (f'op.execute("{check}")', 'op.execute("ALTER TABLE customers DROP CONSTRAINT has_zone")'))
    trials.add("903_trial", ('online_changes.validate_constraint("customers", "has_zone")', "pass"))
    in_own_thread(lambda: migrate.upgrade(migrated))
    assert look(migrated, "SELECT count(DISTINCT xmin::text), count(zone) FROM customers") == [(3, 5)]
    assert look(migrated, "SELECT convalidated FROM pg_constraint WHERE conname = 'has_zone'") == [(True,)]


def test_concurrent_migrations_of_a_database_in_use_run_once(
    migrated: str, trials: Trials, tmp_path: Path, fork_client: ForkClient
) -> None:
    """The processes start together, one of them builds an index, and no other process holds a transaction for which the
    build would have to wait.
    """
    trials.add("901_trial", INDEX)
    trials.add("902_trial", COLUMN)
    program = (
        "import sys; from pathlib import Path; from subscriptions.bootstrap import migrate;"
        " migrate.migrations_folder = lambda: Path(sys.argv[2]); migrate.upgrade(sys.argv[1])"
    )
    command, log = [sys.executable, "-c", program, migrated, str(migrate.migrations_folder())], tmp_path / "log"
    processes = [fork_client.start(command, log=log) for _ in range(3)]
    assert [process.wait(120) for process in processes] == [0, 0, 0], log.read_text()
    assert revision(migrated) == "902_trial"


def test_migrating_through_a_pooler_is_refused(database_url: str, tmp_path: Path) -> None:
    with pooled(database_url, tmp_path) as url, pytest.raises(InvalidInput, match="DATABASE_DIRECT_URL"):
        in_own_thread(lambda: migrate.upgrade(url))
