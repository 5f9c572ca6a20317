"""The replay holds what the database held, in one page that opens from a file."""

from __future__ import annotations

import asyncio
from functools import partial

import asyncpg

from scripts.replay import held_at, page, unlike
from subscriptions.bootstrap import migrate
from tests.support.postgres import Server
from tests.year.film import Film, FilmedYear
from tests.year.span import Span
from tests.year.world import play

SPAN = Span(seed=1, days=3, customers=6, brisk=True)


def test_at_ten_random_hours_the_page_shows_what_the_database_held(postgres_server: Server) -> None:
    url, film = postgres_server.create(), Film(SPAN)
    migrate.upgrade(url)
    outcome = asyncio.run(play(url, SPAN, partial(FilmedYear, film)))
    written = page(film)
    ledger = asyncio.run(_ledger(url))
    postgres_server.drop(url)

    assert outcome.broken is None
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


async def _ledger(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM ledger_entries"))
    finally:
        await connection.close()
