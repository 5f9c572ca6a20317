"""`umbral migrate --to` downgrades only if no data is lost, and only with two confirmations."""

from __future__ import annotations

import asyncio
import io
import sys

import asyncpg
import pytest

from subscriptions.bootstrap import migrate
from tests.support.postgres import in_own_thread
from umbral.cli import main

NOTE = "034_add_plan_note"
BEFORE = "033_ask_about_disputes"
PLAN = """
INSERT INTO service_plans (id, soft_id, name, emoji, description, price_minor, price_currency, recurring,
    interval, interval_count, duration_days, trial_days, access, active, position, created_at, note)
VALUES (gen_random_uuid(), 'vip', 'VIP', '', '', 999, 'USD', false, NULL, 1, 30, 0, 'vip_channel', true, 0, now(), $1)
"""


@pytest.fixture
def at_note(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database at the revision that gave plans a note, with one plan without a note."""
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.delenv("DATABASE_MIGRATION_URL", raising=False)
    in_own_thread(lambda: migrate.upgrade(empty_database_url, NOTE))
    in_own_thread(lambda: asyncio.run(_execute(empty_database_url, PLAN, "")))
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


def test_stored_counts_do_not_prevent_a_downgrade(at_note: str) -> None:
    in_own_thread(lambda: migrate.upgrade(at_note, "052_add_tallies"))
    count = "INSERT INTO tallies (name, label, value) VALUES ($1, '', 1)"
    in_own_thread(lambda: asyncio.run(_execute(at_note, count, "umbral_picks_total")))
    assert umbral("yes\n051_find_letters\n", "--to", "051_find_letters") == 0
    assert revision(at_note) == "051_find_letters"


def test_downgrade_without_data_loss_is_applied(at_note: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert umbral(f"yes\n{BEFORE}\n", "--to", BEFORE) == 0
    assert revision(at_note) == BEFORE
    assert f"The tables are at revision {BEFORE}." in capsys.readouterr().out
    assert umbral("", "--to", NOTE) == 0
    assert revision(at_note) == NOTE


@pytest.mark.parametrize("typed", ["", "y\n", "yes\n", "yes\nsomething else\n"])
def test_unconfirmed_downgrade_is_not_applied(at_note: str, typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert umbral(typed, "--to", BEFORE) == 1
    assert revision(at_note) == NOTE
    assert "not confirmed" in capsys.readouterr().err


def test_downgrade_that_loses_data_is_refused_with_the_column(at_note: str, capsys: pytest.CaptureFixture[str]) -> None:
    in_own_thread(lambda: asyncio.run(_execute(at_note, "UPDATE service_plans SET note = 'Solo hoy'")))
    assert umbral(f"yes\n{BEFORE}\n", "--to", BEFORE) == 1
    assert revision(at_note) == NOTE
    assert "service_plans.note (1 rows)" in capsys.readouterr().err


def test_tables_with_rows_prevent_a_downgrade(at_note: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert umbral("yes\nbase\n", "--to", "base") == 1
    assert revision(at_note) == NOTE
    assert "service_plans (1 rows)" in capsys.readouterr().err


def test_unknown_revision_is_refused(at_note: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert umbral("", "--to", "007_bond") == 1
    assert "--to: there is no revision '007_bond'" in capsys.readouterr().err
    assert revision(at_note) == NOTE
