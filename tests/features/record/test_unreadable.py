"""Unreadable rows of tips, which break no page and no list: each row is left out, and an alarm names the row."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from features.picks.use_cases.tip_text import TipDraft
from features.record.domain.record_chain import Flaw
from features.record.use_cases.verify_record import VerifyRecord
from tests.fakes.clock import ManualClock
from tests.features.picks.tips import tip
from tests.features.record.records import accept_tips
from tests.integration.web.conftest import Tables
from tests.integration.web.test_unreadable import PAGES as OTHER_PAGES
from tests.integration.web.test_unreadable import site, statuses_after
from tests.support.console_visitor import Visitor
from tests.support.website import Website

__all__ = ["site"]

NOW = datetime.now(UTC)
PAGES = (*OTHER_PAGES, "/historial/retabet", "/en/historial/retabet", "/historial/retabet.json")


def saying(**changes: str) -> str:
    """Return the body of a tip with changed facts."""
    facts = {"event": "A", "market": "B", "selection": "C", "odds": "2", "stake": "1"}
    return json.dumps(facts | {"starts_at": "2026-01-01T00:00:00+00:00"} | changes)


BODIES = {
    "invalid JSON": "{",
    "a list": "[]",
    "nested too deeply": "[" * 50_000,
    "missing facts": '{"withdrawn":"void"}',
    "odds in words": saying(odds="mucho"),
    "odds below one": saying(odds="0.5"),
    "a start without a zone": saying(starts_at="2026-01-01T00:00:00"),
    "a fact of another version": saying(weather="rain"),
}


@pytest.fixture
async def record(site: Website) -> None:
    """Store three tips on events of yesterday in the record of a plan."""
    yesterday = NOW - timedelta(days=1)
    accept = accept_tips(site.container.core.units(), ManualClock(yesterday))
    for index in range(3):
        draft = TipDraft(facts=tip(event=f"Partido {index}", starts_at=yesterday + timedelta(hours=1 + index)))
        await accept.tip(f"match/{index}", "retabet", draft, "cli")


async def spoil(tables: Tables, statement: str) -> None:
    """Change the record as only the owner of the tables can."""
    await tables.rows("ALTER TABLE record_entries DISABLE TRIGGER append_only")
    await tables.rows(statement)


@pytest.mark.exhaustive
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_unreadable_record_entry_is_omitted_and_every_public_page_still_opens(
    record: None, client: httpx.AsyncClient, site: Website, olga: Visitor, tables: Tables, body: str
) -> None:
    await spoil(tables, f"UPDATE record_entries SET body = '{body}' WHERE number = 2")
    answers = {path: (await client.get(path)).status_code for path in PAGES}
    assert answers == dict.fromkeys(PAGES, 200)
    page, english = (await client.get("/historial/retabet")).text, (await client.get("/en/historial/retabet")).text
    assert "Partido 0" in page
    assert "Partido 1" not in page
    assert "Pronósticos que ahora no se pueden leer" in page
    assert "Tips that can't be read at the moment" in english.replace("&#39;", "'")
    figures = (await client.get("/historial/retabet.json")).json()
    assert (figures["unreadable"], figures["unsettled"]) == ("1", "2")
    chain = await client.get("/historial/retabet.jsonl")
    assert len(chain.text.splitlines()) == 3, "whoever checks the record gets all of it"
    for path in ("/admin/tips", "/admin/plans", "/admin/tips.csv"):
        assert (await olga.client.get(path)).status_code == 200, path
    jobs = await tables.rows(
        "SELECT convert_from(payload, 'UTF8') AS payload FROM pgqueuer WHERE entrypoint = 'bot.alarm'"
    )
    reported = [job["payload"] for job in jobs if '"table":"record_entries"' in job["payload"]]
    assert len(reported) == 1, "told once a day, however many pages meet it"
    [verification] = await VerifyRecord(site.container.core.units())("retabet")
    [fault] = [each for each in verification.faults if each.flaw is Flaw.UNREADABLE]
    assert fault.number == 2
    assert fault.problem


async def test_every_site_and_console_page_opens_despite_unreadable_posts(
    record: None, client: httpx.AsyncClient, core: httpx.AsyncClient, olga: Visitor, tables: Tables
) -> None:
    statement = "UPDATE picks SET content = '{\"v\": 9}'"
    assert await statuses_after(statement, "picks", tables, client, core, olga, PAGES) == {}
