"""Tips through the API: published with their facts, refused with the invalid field named, and settled by the key of
their post.
"""

from __future__ import annotations

import json
import re
import struct
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from features.picks.use_cases.tip_text import TipDraft
from tests.fakes.clock import ManualClock
from tests.features.picks.tips import leg, tip
from tests.features.record.records import accept_tips
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import Visitor, hidden
from tests.support.website import Website

PICKS = "/api/v1/picks"
NOW = datetime.now(UTC)
MADRID = ZoneInfo("Europe/Madrid")
TIP: dict[str, Any] = {
    "event": "Betis – Sevilla",
    "starts_at": (NOW + timedelta(hours=5)).isoformat(),
    "market": "Goles",
    "selection": "Más de 2,5",
    "odds": 1.85,
    "stake": "3",
}
LEGS = [{"event": f"Partido {n}", "market": "Goles", "selection": "Más de 2,5", "odds": "1.5"} for n in range(2)]


async def send(core: httpx.AsyncClient, key: str = "k", **changes: Any) -> httpx.Response:
    body = {"plan": "retabet", "tip": TIP | changes}
    return await core.post(PICKS, json=body, headers={"Idempotency-Key": key})


async def test_tip_is_published_revised_and_withdrawn(core: httpx.AsyncClient, tables: Tables) -> None:
    first, again = await send(core), await send(core, odds="1.850")
    assert (first.status_code, again.status_code) == (202, 202), first.text
    assert first.json() == again.json()
    assert (await send(core, odds="1.9")).status_code == 409
    moved = await core.put(f"{PICKS}/k", json={"tip": TIP | {"odds": "1.75"}})
    assert (moved.status_code, moved.json()) == (200, first.json())
    lost = await core.put(f"{PICKS}/k", json={"text": "otra cosa"})
    assert (lost.status_code, set(lost.json()["errors"])) == (422, {"tip"})
    progress = await core.get(f"{PICKS}/k")
    assert (progress.status_code, progress.json()) == (
        200,
        {**first.json(), "status": "accepted", "deadline": TIP["starts_at"].replace("+00:00", "Z")}
        | {"publish_at": None, "copies": 0, "posted": 0, "current": 0, "failures": {}},
    )
    assert (await core.get(f"{PICKS}/none")).status_code == 404
    assert (await core.get(f"{PICKS}/k/result")).status_code == 405
    assert (await core.delete(f"{PICKS}/k")).status_code == 200
    rows = await tables.rows("SELECT kind, origin FROM record_entries ORDER BY number")
    assert [row["kind"] for row in rows] == ["published", "revised", "withdrawn"]
    assert {row["origin"] for row in rows} == {"api:PICKS_API_KEY"}
    [pick] = await tables.rows("SELECT content::jsonb->'data'->>'text' AS text, deadline FROM picks")
    assert "Cuota 1,75" in pick["text"]
    assert pick["deadline"].isoformat() == TIP["starts_at"]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("tip.odds", {"odds": 0.99}),
        ("tip.odds", {"odds": "mucho"}),
        ("tip.starts_at", {"starts_at": (NOW - timedelta(hours=1)).isoformat()}),
        *(("tip.odds", {"odds": odds}) for odds in ("+50", "+1.85", "3/0")),
        *(("tip.confirmed_odds", {"odds": odds}) for odds in (185, "185", "+9900", "60/1")),
        ("tip.confirmed_odds", {"odds": 185, "confirmed_odds": 1.85}),
        ("tip.starts_at", {"starts_at": "2027-01-01T20:00:00"}),
        ("tip.stake", {"stake": 101}),
        ("tip.market", {"market": ""}),
        ("tip.odds", {"legs": LEGS}),
        ("tip.legs", {"legs": LEGS[:1], "odds": "1.5"}),
        ("tip.legs.1.selection", {"legs": [LEGS[0], LEGS[0] | {"selection": "Menos"}], "odds": "2.25"}),
        ("tip.unknown", {"unknown": 1}),
    ],
)
async def test_tip_with_an_invalid_field_is_refused_by_the_name_of_the_field_and_not_published(
    core: httpx.AsyncClient, tables: Tables, field: str, changes: dict[str, Any]
) -> None:
    refused = await send(core, **changes)
    assert (refused.status_code, set(refused.json()["errors"])) == (422, {field}), refused.text
    assert await tables.rows("SELECT 1 FROM picks") == await tables.rows("SELECT 1 FROM record_entries") == []


async def test_scheduled_post_is_queued_for_its_time_and_refused_at_the_start_of_its_event(
    core: httpx.AsyncClient, tables: Tables
) -> None:
    at = NOW + timedelta(hours=2)
    body = {"plan": "retabet", "tip": TIP, "publish_at": at.isoformat()}
    sent = await core.post(PICKS, json=body, headers={"Idempotency-Key": "k"})
    assert sent.status_code == 202, sent.text
    assert (await core.get(f"{PICKS}/k")).json()["publish_at"] == at.isoformat().replace("+00:00", "Z")
    [job] = await tables.rows("SELECT due_at FROM due_jobs WHERE name = 'bot.fan_out_pick'")
    assert job["due_at"] == at
    assert len(await tables.rows("SELECT 1 FROM record_entries")) == 1
    late = body | {"publish_at": TIP["starts_at"]}
    refused = await core.post(PICKS, json=late, headers={"Idempotency-Key": "late"})
    assert (refused.status_code, set(refused.json()["errors"])) == (422, {"publish_at"})
    assert len(await tables.rows("SELECT 1 FROM picks")) == 1


async def test_tip_is_settled_once_by_the_key_of_its_post(
    core: httpx.AsyncClient, site: Website, tables: Tables
) -> None:
    yesterday = NOW - timedelta(days=1)
    accept = accept_tips(site.container.core.units(), ManualClock(yesterday))
    draft = TipDraft(facts=tip(starts_at=yesterday + timedelta(hours=1)))
    await accept.tip("match/1", "retabet", draft, "cli")
    await send(core)

    early = await core.post(f"{PICKS}/k/result", json={"result": "won"})
    assert (early.status_code, set(early.json()["errors"])) == (422, {"result"})
    assert (await core.post(f"{PICKS}/nobody/result", json={"result": "won"})).status_code == 404
    wrong = await core.post(f"{PICKS}/match/1/result", json={"result": "ganado"})
    assert (wrong.status_code, set(wrong.json()["errors"])) == (422, {"result"})
    first = await core.post(f"{PICKS}/match/1/result", json={"result": "cashed_out", "odds": 1.2})
    again = await core.post(f"{PICKS}/match/1/result", json={"result": "cashed_out", "odds": 1.2})
    assert (first.status_code, first.json()["facts"]["profit"]) == (200, "0.6"), first.text
    assert again.json() == first.json()
    twice = await core.post(f"{PICKS}/match/1/result", json={"result": "lost"})
    assert (twice.status_code, set(twice.json()["errors"])) == (422, {"result"})
    assert "already settled" in twice.json()["errors"]["result"]
    kinds = await tables.rows("SELECT kind FROM record_entries WHERE kind = 'settled'")
    assert len(kinds) == 1


async def test_start_time_shown_in_the_preview_is_saved_even_if_confirmed_on_a_later_day(
    olga: Visitor, tables: Tables
) -> None:
    """ "Tomorrow" would mean another day if the staff member confirmed after midnight."""
    path, typed = "/admin/do/publish_tip/shop", {"plan": "retabet", **TIP, "odds": "1,85", "starts_at": "mañana 21:00"}
    form = await olga.client.get(path)
    seen = await olga.client.post(path, data={**hidden(form.text), **typed})
    read = hidden(seen.text)
    tomorrow = (datetime.now(MADRID) + timedelta(days=1)).replace(hour=21, minute=0, second=0, microsecond=0)
    assert datetime.fromisoformat(read["shown_starts_at"]) == tomorrow
    assert read["starts_at"] == "mañana 21:00", "as it was typed, for who goes back"
    # The page was shown on another day.
    another_day = (tomorrow + timedelta(days=1)).isoformat()
    done = await olga.client.post(path, data={**read, "shown_starts_at": another_day, "sure": "yes"})
    assert done.status_code == 303, done.text
    [entry] = await tables.rows("SELECT starts_at FROM record_entries")
    assert entry["starts_at"] == datetime.fromisoformat(another_day)


async def test_record_is_public_without_a_key(
    client: httpx.AsyncClient, core: httpx.AsyncClient, site: Website, olga: Visitor
) -> None:
    missing = await client.get("/historial/retabet.json")
    assert missing.status_code == (await client.get("/historial/retabet")).status_code == 404
    yesterday = NOW - timedelta(days=1)
    accept = accept_tips(site.container.core.units(), ManualClock(yesterday))
    for number in range(60):
        legs = (leg(7, "1.5"), leg(8, "1.233")) if number == 59 else ()
        at = yesterday + timedelta(minutes=1 + number)
        draft = TipDraft(facts=tip(event=f"Partido {number}", starts_at=at, legs=legs))
        await accept.tip(f"match-{number}", "retabet", draft, "cli")
    await send(core, event="Secreto <b>")
    for number, result in ((0, "won"), (1, "lost")):
        settled = await core.post(f"{PICKS}/match-{number}/result", json={"result": result})
        assert settled.status_code == 200, settled.text
    figures = (await client.get("/historial/retabet.json")).json()
    assert {name: figures[name] for name in ("settled", "staked", "profit", "hit_rate", "unsettled")} == {
        "settled": "2",
        "staked": "6",
        "profit": "-0.45",
        "hit_rate": "0.5",
        "unsettled": "58",
    }
    plans = (await olga.client.get("/admin/plans")).text
    assert re.search(r">2 pronósticos con resultado desde el [^<]+, yield −7,5\u00a0%, todos públicos<", plans), plans
    first, last = await client.get("/historial/retabet"), await client.get("/historial/retabet?page=2")
    english = await client.get("/en/historial/retabet")
    assert (first.status_code, last.status_code, english.status_code) == (200, 200, 200)
    assert len(first.content) <= len((await client.get("/")).content), "a slow phone has it as soon as the front page"
    for page in (first, last, english):
        assert "Secreto" not in page.text
        assert re.findall(r"<script[^>]*>", page.text) == ['<script type="application/ld+json">'], "no script runs"
    [shown] = re.findall(r'<script type="application/ld\+json">(.+?)</script>', english.text)
    described = json.loads(shown)
    assert (described["@type"], described["isAccessibleForFree"]) == ("Dataset", True)
    assert [each["contentUrl"].partition("/historial/")[2] for each in described["distribution"]] == [
        "retabet.jsonl",
        "retabet.json",
    ]
    assert "<title>Retabet · Record of tips" in english.text
    assert 'property="og:description" content="Every tip that' in english.text
    assert "Yield: −7.5%" in english.text
    for page, path in ((first, "/historial/retabet.png"), (english, "/en/historial/retabet.png")):
        assert f'<a href="{path}">' in page.text
        assert re.search(rf'property="og:image" content="[^"]*{path}\?v=[0-9a-f]{{12}}"', page.text)
        picture = await client.get(path)
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
        assert struct.unpack(">II", picture.content[16:24]) == (1200, 630)
    assert (await client.get("/historial/nobody.png")).status_code == 404
    assert "Partido 59" in first.text
    assert "2. Partido 8: Goles · Más de 2,5 · 1,233" in first.text, "of a combined tip each part is read"
    assert "Partido 1<" in last.text
    assert "−0,45 u" in first.text
    assert "−0.45 u" in english.text
    chain = await client.get("/historial/retabet.jsonl")
    lines = [json.loads(line) for line in chain.text.strip().split("\n")]
    assert [line["number"] for line in lines] == list(range(1, 64))
    assert [line["number"] for line in lines if "line" not in line] == [61]
    assert (await client.get("/static/verify_record.py")).status_code == 200
