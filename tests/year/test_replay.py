"""The replay holds what the database held, in one page that opens from a file."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from scripts.replay import held_at, page, unlike
from subscriptions.bootstrap import migrate
from tests.support.postgres import Server
from tests.year.chance import Chance
from tests.year.film import Film, FilmedYear
from tests.year.line import Line
from tests.year.span import Span
from tests.year.world import Outcome, play

GROWING = (
    "accesses", "audit_log", "bot_updates", "broadcast_deliveries", "channel_invites", "checkout_attempts",
    "customers", "ledger_entries", "notifications", "orders", "payments", "pick_deliveries", "picks", "receipts",
    "refunds", "subscriptions", "telegram_channels", "webhook_inbox",
)  # fmt: skip
BEGINS = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")
SCAN = re.compile(r"(?:Index(?: Only)? Scan(?: Backward)? using (?P<index>\w+)|Seq Scan) on (?P<table>\w+)")
SPAN = Span(seed=1, days=3, customers=6, brisk=True)


@dataclass(frozen=True)
class Played:
    """A short time that was played, in a database that is still there. asked: statements, with what each was given."""

    url: str
    film: Film
    outcome: Outcome
    asked: Mapping[str, Sequence[Any]]


@pytest.fixture(scope="module")
def played(postgres_server: Server) -> Iterator[Played]:
    url, film, asked = postgres_server.create(), Film(SPAN), dict[str, Sequence[Any]]()
    migrate.upgrade(url)

    def watched(engine: AsyncEngine, line: Line, span: Span, chance: Chance) -> FilmedYear:
        def hear(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
            asked.setdefault(statement, tuple(given[0] if many else given))

        event.listen(engine.sync_engine, "before_cursor_execute", hear)
        return FilmedYear(film, engine, line, span, chance)

    yield Played(url, film, asyncio.run(play(url, SPAN, watched)), asked)
    postgres_server.drop(url)


def test_at_ten_random_hours_the_page_shows_what_the_database_held(played: Played) -> None:
    film = played.film
    written = page(film)
    ledger = asyncio.run(_ledger(played.url))

    assert played.outcome.broken is None
    assert len(film.counted) == 10
    assert not unlike(written, film)
    film.counted[next(iter(film.counted))].update([("payment", 1, "completed")])
    assert len(unlike(written, film)) == 1
    assert any(thing[0] == "payment" for thing in held_at(written, film.hours))
    assert len(film.ledger) == ledger > 0
    assert film.said
    assert " src=" not in written
    assert "<link" not in written
    assert len(written.encode()) < 2_000_000


def test_nothing_asked_by_the_clock_or_a_press_reads_through_a_table_that_grows(played: Played) -> None:
    assert len(played.asked) > 100
    assert asyncio.run(_read_through(played)) == []


async def _read_through(played: Played) -> list[str]:
    """Statements that have no index for what they want of a table that grows, with their plans.

    With few rows PostgreSQL reads through anything; forbidden to, it shows where it would have to.
    """
    connection, found = await asyncpg.connect(played.url), list[str]()
    try:
        # As the server takes tables it never counted: one that was counted small is read in any way whatever.
        await connection.execute("UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname = ANY($1)", GROWING)
        for way in ("seqscan", "hashjoin", "mergejoin"):
            await connection.execute(f"SET enable_{way} = off")
        partial = await connection.fetch("SELECT indexname FROM pg_indexes WHERE indexdef ~ ' WHERE '")
        of_few = {row[0] for row in partial}
        for statement, given in played.asked.items():
            if BEGINS.match(statement):
                plan = [row[0] for row in await connection.fetch(f"EXPLAIN (COSTS OFF) {statement}", *given)]
                if _reads_through(plan, of_few):
                    found.append("\n".join([statement, *plan]))
    finally:
        await connection.close()
    return found


def _reads_through(plan: Sequence[str], of_few: Collection[str]) -> bool:
    """of_few: indexes that hold only some rows, and may be read from end to end."""
    for before, line, after in zip(["", *plan], plan, [*plan[1:], ""], strict=False):
        scan = SCAN.search(line)
        if scan is None or scan["table"] not in GROWING:
            continue
        index = scan["index"]
        if index is None or (index not in of_few and "Index Cond" not in after and "Limit" not in before):
            return True
    return False


async def _ledger(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM ledger_entries"))
    finally:
        await connection.close()
