"""Check that the replay page contains the content of the database and can be opened as a single file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from playwright.async_api import expect
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from scripts.replay import held_at, page, unlike
from subscriptions.bootstrap import migrate
from tests.support.chromium import open_page, running_chromium
from tests.support.pages_seen import PHONE, complaints
from tests.support.plans import read_through
from tests.support.postgres import Server, judge_time
from tests.year.chance import Chance
from tests.year.film import Film, FilmedYear
from tests.year.line import Line
from tests.year.span import Span
from tests.year.world import Outcome, play

SPAN = Span(seed=1, days=3, customers=6, brisk=True)


@dataclass(frozen=True)
class Played:
    """Short simulated span, with its database. asked: statements with their parameters."""

    url: str
    film: Film
    outcome: Outcome
    asked: Mapping[str, Sequence[Any]]


@pytest.fixture(scope="module")
def played(postgres_server: Server) -> Iterator[Played]:
    url, film, asked = postgres_server.create(), Film(SPAN), dict[str, Sequence[Any]]()
    migrate.upgrade(url)
    judge_time(url, judges=False)

    def watched(engine: AsyncEngine, line: Line, span: Span, chance: Chance) -> FilmedYear:
        def record(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
            asked.setdefault(statement, tuple(given[0] if many else given))

        event.listen(engine.sync_engine, "before_cursor_execute", record)
        return FilmedYear(film, engine, line, span, chance)

    yield Played(url, film, asyncio.run(play(url, SPAN, watched)), asked)
    postgres_server.drop(url)


def test_replay_page_matches_the_database_at_ten_random_hours(played: Played) -> None:
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


async def test_replay_page_animates_hours_money_and_outages(played: Played, browser_path: str) -> None:
    async with running_chromium(browser_path) as browser:
        shown = await open_page(browser, viewport=PHONE)
        await shown.set_content(page(played.film))
        assert await shown.locator("#curve .trouble").count() == len(played.film.troubles) > 0
        assert (await shown.locator("#curve .money").get_attribute("d") or "").count("V") > 1
        hours: list[str] = []
        for name in ("Play", "Stop"):
            hours.append(await shown.locator("#hour").input_value())
            await shown.get_by_role("button", name=name).click()
            await shown.wait_for_timeout(500)
        assert int(hours[1]) > int(hours[0])
        stopped = await shown.locator("#when").inner_text()
        await shown.wait_for_timeout(300)
        assert await shown.locator("#when").inner_text() == stopped
        struck = int(played.film.troubles[0][1]) + 1
        await shown.locator("#hour").fill(str(struck))
        await expect(shown.locator("#trouble")).to_contain_text(played.film.troubles[0][0])
        assert await complaints(shown) == []
        assert await shown.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_no_query_of_scheduled_jobs_or_button_presses_scans_a_growing_table(played: Played) -> None:
    assert len(played.asked) > 100
    assert asyncio.run(read_through(played.url, played.asked)) == []


async def _ledger(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM ledger_entries"))
    finally:
        await connection.close()
