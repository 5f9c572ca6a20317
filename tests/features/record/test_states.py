"""Tips and their record in console, API, chat, public pages and at the command line, in each state of the feature (on,
draining, off).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx

from bot.feature import ChatPart
from features.record.chat import CHAT
from features.record.feature import FEATURE
from features.record.permissions import SEE_RECORD
from features.record.ports.records import RECORDS_KEY
from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.support.api_client import NEEDS_API
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.features import all_but
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.plain_http import plain_http
from tests.support.website import POSTS_KEY as API_KEY
from tests.support.website import Website, running_website

OFF = all_but("record")
REFUSED = "record is off; run `umbral features on record`"
PICKS = "/api/v1/picks"
PAGE = "/historial/retabet"


@asynccontextmanager
async def shop(database_url: str, **settings: str) -> AsyncIterator[tuple[Visitor, httpx.AsyncClient, Website]]:
    """Yield an owner in the console, the client of the operator's program, and the site with these settings."""
    async with running_website(database_url, **settings) as website:
        await website.open_for_business()
        await hire(website, StaffRole.OWNER)
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with visiting(website) as visitor, plain_http(base_url=website.url, headers=headers) as program:
            await visitor.enter()
            yield visitor, program, website


def tip(website: Website, **changes: Any) -> dict[str, Any]:
    """Return the request body of a tip on an event of tomorrow."""
    starts_at = website.container.core.clock().now() + timedelta(days=1)
    facts = {"event": "Betis – Sevilla", "market": "Goles", "selection": "Más de 2,5", "odds": "1.85", "stake": "3"}
    return {"plan": "retabet", "tip": {**facts, "starts_at": starts_at.isoformat(), **changes}}


async def entries(website: Website, key: str) -> list[str]:
    """Return the kinds of the record entries about a program's tip."""
    async with website.container.core.units()() as uow:
        pick = await uow.of(POSTS_KEY).by_key(key)
        assert pick is not None
        return [str(each.kind) for each in await uow.of(RECORDS_KEY).of_tip(pick.id)]


@NEEDS_API
async def test_tips_are_hidden_while_the_feature_is_off(database_url: str, fork_client: ForkClient) -> None:
    async with shop(database_url) as (owner, program, _):
        assert "/tips" in await owner.menu()
        assert (await program.get(f"{PAGE}.json")).status_code == 404, "nothing is recorded yet"
        assert (await program.get("/api/v1/openapi.json")).json()["paths"][f"{PICKS}/{{key}}/result"]
    async with shop(database_url, **OFF) as (owner, program, website):
        states = website.container.core.features()
        assert (states.state(FEATURE.name), states.allows(SEE_RECORD)) == (FeatureState.OFF, False)
        assert "/tips" not in await owner.menu()
        await owner.page("/tips", 404)
        await owner.page("/do/publish_tip/new", 404)
        plans = await owner.page("/plans")
        assert not [name for name in ("withdrawn_rule", "record_channel", "tip_reminder") if name in plans]
        described = (await program.get("/api/v1/openapi.json")).json()["paths"]
        assert not [path for path in described if "tip" in path or path.endswith("/result")]
        sent = await program.post(PICKS, json=tip(website), headers={"Idempotency-Key": "k"})
        assert sent.status_code == 202
        assert await entries(website, "k") == []
        assert (await program.get(f"{PAGE}.json")).status_code == 404
    environ = {"DATABASE_URL": database_url, **OFF}
    async with open_core(load(CoreSettings, environ), environ=environ) as core:
        assert CHAT not in core.features().parts(ChatPart)
    ran = await Terminal(environ, fork_client).run("record", "verify")
    assert (ran.status, ran.err) == (1, f"umbral record: {REFUSED}\n")


@NEEDS_API
async def test_draining_feature_settles_old_tips_and_records_no_new_tips(
    database_url: str, fork_client: ForkClient
) -> None:
    async with shop(database_url) as (_, program, website):
        assert (await program.post(PICKS, json=tip(website), headers={"Idempotency-Key": "old"})).status_code == 202
        assert await entries(website, "old") == ["published"]
    async with shop(database_url, **OFF) as (owner, program, website):
        assert website.container.core.features().now.left["record"] == {"tips without a result": 1}
        assert "Betis – Sevilla" in await owner.page("/tips")
        assert (await program.get(f"{PAGE}.json")).status_code == 200
        published = await program.post(
            "/api/v1/tips",
            json={**tip(website)["tip"], "plan": "retabet"},
            headers={"Idempotency-Key": "staff"},
        )
        assert (published.status_code, published.json()["detail"]) == (409, REFUSED)
        new = tip(website)
        assert (await program.post(PICKS, json=new, headers={"Idempotency-Key": "new"})).status_code == 202
        assert (await program.post(PICKS, json=new, headers={"Idempotency-Key": "new"})).status_code == 202
        later = (website.container.core.clock().now() + timedelta(days=2)).isoformat()
        moved = await program.put(f"{PICKS}/new", json=tip(website, starts_at=later))
        assert (moved.status_code, await entries(website, "new")) == (200, [])
        revised = await program.put(f"{PICKS}/old", json=tip(website, odds="1.90"))
        assert (revised.status_code, await entries(website, "old")) == (200, ["published", "revised"])
        assert (await program.delete(f"{PICKS}/old")).status_code == 200
        assert await entries(website, "old") == ["published", "revised", "withdrawn"]
    terminal = Terminal({"DATABASE_URL": database_url, **OFF}, fork_client)
    ran = await terminal.run("record", "verify")
    assert (ran.status, ran.err) == (1, f"umbral record: {REFUSED}\n"), "nothing is left"
