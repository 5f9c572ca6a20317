"""Check that `umbral migrate --to` downgrades only without data loss, and only after two confirmations."""

from __future__ import annotations

import asyncio
import io
import sys

import asyncpg
import pytest

from subscriptions.bootstrap import migrate
from tests.support.postgres import in_own_thread
from tests.upgrade import earlier
from umbral.cli import main

TAGS = "181_keep_tags"
BEFORE = "180_keep_gifts_and_promotions"
ID = "00000000-0000-4000-8000-000000000001"
CUSTOMER = (
    "INSERT INTO customers (id, telegram_id, first_name, language, created_at) VALUES ($1, 7, 'Ana', 'es', now())"
)
CHANNEL = (
    "INSERT INTO telegram_channels (id, kind, status, title, marker, created_at)"
    " VALUES ($1, 'vip', 'ready', 'VIP', 'marker', now())"
)
BAN = "INSERT INTO bans_to_lift (channel_id, telegram_id, noted_at) VALUES ($1, 7, now())"


@pytest.fixture
def at_tags(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Prepare a database at the revision that added tags, with one customer without tags."""
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.delenv("DATABASE_MIGRATION_URL", raising=False)
    in_own_thread(lambda: asyncio.run(earlier.create(empty_database_url)))
    in_own_thread(lambda: migrate.upgrade(empty_database_url, TAGS))
    in_own_thread(lambda: asyncio.run(_execute(empty_database_url, CUSTOMER, ID)))
    return empty_database_url


async def _execute(url: str, statement: str, *values: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()


def umbral(typed: str, *words: str) -> int:
    """Run the command in this process, with this standard input."""
    kept, sys.stdin = sys.stdin, io.StringIO(typed)
    try:
        return in_own_thread(lambda: main(["migrate", *words]))
    finally:
        sys.stdin = kept


def revision(url: str) -> str | None:
    return in_own_thread(lambda: asyncio.run(migrate.current(url)))


def test_records_of_loaded_features_do_not_prevent_a_downgrade(at_tags: str) -> None:
    loaded = "INSERT INTO process_features (owner, process, features, seen_at) VALUES ($1, 'web', '', now())"
    in_own_thread(lambda: asyncio.run(_execute(at_tags, loaded, "one")))
    assert umbral("yes\n170_seal_records\n", "--to", "170_seal_records") == 0
    assert revision(at_tags) == "170_seal_records"


def test_downgrade_without_data_loss_is_applied(at_tags: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert umbral(f"yes\n{BEFORE}\n", "--to", BEFORE) == 0
    assert revision(at_tags) == BEFORE
    assert f"The tables are at revision {BEFORE}." in capsys.readouterr().out
    assert umbral("", "--to", TAGS) == 0
    assert revision(at_tags) == TAGS


@pytest.mark.parametrize("typed", ["", "y\n", "yes\n", "yes\nsomething else\n"])
def test_unconfirmed_downgrade_is_not_applied(at_tags: str, typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert umbral(typed, "--to", BEFORE) == 1
    assert revision(at_tags) == TAGS
    assert "not confirmed" in capsys.readouterr().err


def test_downgrade_that_loses_data_is_refused_and_the_column_is_named(
    at_tags: str, capsys: pytest.CaptureFixture[str]
) -> None:
    in_own_thread(lambda: asyncio.run(_execute(at_tags, "UPDATE customers SET tags = 'vip'")))
    assert umbral(f"yes\n{BEFORE}\n", "--to", BEFORE) == 1
    assert revision(at_tags) == TAGS
    assert "customers.tags (1 rows)" in capsys.readouterr().err


def test_downgrade_that_would_drop_a_table_with_rows_is_refused(
    at_tags: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for statement in (CHANNEL, BAN):
        in_own_thread(lambda statement=statement: asyncio.run(_execute(at_tags, statement, ID)))
    assert umbral("yes\n145_keep_stopped_billing\n", "--to", "145_keep_stopped_billing") == 1
    assert revision(at_tags) == TAGS
    assert "bans_to_lift (1 rows)" in capsys.readouterr().err


@pytest.mark.parametrize("where", ["base", "003_create_subscriptions"])
def test_downgrade_below_the_baseline_is_refused(
    where: str, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.delenv("DATABASE_MIGRATION_URL", raising=False)
    assert umbral("", "--to", where) == 1
    assert "--to" in capsys.readouterr().err
    assert revision(database_url) == migrate.newest_revision()


@pytest.mark.parametrize("at", ["033_ask_about_disputes", "999_of_tomorrow"])
def test_database_at_an_unknown_or_outdated_revision_is_refused_with_an_explanation(
    at: str, at_tags: str, capsys: pytest.CaptureFixture[str]
) -> None:
    in_own_thread(lambda: asyncio.run(_execute(at_tags, "UPDATE alembic_version SET version_num = $1", at)))
    assert umbral("") == 1
    output = capsys.readouterr().err
    assert at in output
    assert "139_keep_disputed_parts" in output
    assert revision(at_tags) == at


def test_unknown_revision_is_refused_with_an_explanation(at_tags: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert umbral("", "--to", "007_bond") == 1
    assert "--to: there is no revision '007_bond'" in capsys.readouterr().err
    assert revision(at_tags) == TAGS
