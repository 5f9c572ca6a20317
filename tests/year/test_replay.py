"""The replay holds what the database held, in one page that opens from a file."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from random import Random
from typing import Any

import asyncpg

from scripts.replay import held_at, page
from subscriptions.bootstrap import migrate
from tests.support.postgres import Server
from tests.year.film import Film, FilmedYear
from tests.year.span import Span
from tests.year.world import play

SPAN = Span(seed=1, days=3, customers=6, brisk=True)
HOURS = sorted(Random(1).sample(range(1, SPAN.days * 24 + 1), 10))
COUNTED = """
SELECT 'subscription', status, count(*) FROM subscriptions GROUP BY status
UNION ALL SELECT 'access', status, count(*) FROM accesses GROUP BY status
UNION ALL SELECT 'channel', status, count(*) FROM telegram_channels GROUP BY status
UNION ALL SELECT 'payment', status, count(*) FROM payments GROUP BY status
"""


class Watched(FilmedYear):
    """Counts for itself at ten hours."""

    def __init__(self, seen: dict[int, Counter[tuple[str, str]]], film: Film, *parts: Any) -> None:
        super().__init__(film, *parts)
        self._seen = seen

    async def hour_ended(self, hour: int) -> None:
        """Beside the film."""
        await super().hour_ended(hour)
        if hour in HOURS:
            rows = await self._looked.fetch(COUNTED)
            self._seen[hour] = Counter({(what, state): count for what, state, count in rows})


def test_at_ten_random_hours_the_page_shows_what_the_database_held(postgres_server: Server) -> None:
    url, film = postgres_server.create(), Film(SPAN)
    seen: dict[int, Counter[tuple[str, str]]] = {}
    migrate.upgrade(url)
    outcome = asyncio.run(play(url, SPAN, partial(Watched, seen, film)))
    written = page(film)
    ledger = asyncio.run(_ledger(url))
    postgres_server.drop(url)

    assert outcome.broken is None
    assert list(seen) == HOURS
    for hour in HOURS:
        shown = held_at(written, hour)
        assert Counter((thing[0], state.split()[0]) for thing, state in shown.items()) == seen[hour]
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
