"""Posts by programs, through the API and in the same process, in each state of the feature (on, draining, off)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from features.picks.feature import FEATURE
from features.picks.pick_router import open_pick_router
from features.picks.use_cases.accept_pick import AcceptPick, PicksOff
from features.picks.use_cases.tip_text import TipDraft
from features.picks.web.api import PICKS, PREFIX
from subscriptions.application.features import CommandRefused, FeatureState
from subscriptions.domain.entities.post import PostContent, PostStatus
from subscriptions.domain.errors import InvalidInput
from tests.fakes.shop import Shop
from tests.features.picks.tips import tip
from tests.support.api_client import NEEDS_API
from tests.support.features import all_but
from tests.support.plain_http import plain_http
from tests.support.website import POSTS_KEY, Website, running_website

OFF = all_but("picks", "record")
REFUSED = "picks is off; run `umbral features on picks`"
BODY = {"plan": "retabet", "text": "Over 2.5"}


@asynccontextmanager
async def program(database_url: str, **settings: str) -> AsyncIterator[tuple[httpx.AsyncClient, Website]]:
    """Run a site with these settings, and yield the client of the operator's program."""
    headers = {"Authorization": f"Bearer {POSTS_KEY}"}
    async with running_website(database_url, **settings) as website:
        await website.open_for_business()
        async with plain_http(base_url=website.url, timeout=90, headers=headers) as client:
            yield client, website


async def send(client: httpx.AsyncClient, path: str, key: str, **more: Any) -> httpx.Response:
    """Submit a post."""
    return await client.post(path, json={**BODY, **more}, headers={"Idempotency-Key": key})


@NEEDS_API
async def test_request_bodies_are_described_while_the_feature_is_on(database_url: str) -> None:
    async with program(database_url) as (client, _):
        described = (await client.get("/api/v1/openapi.json")).json()
    assert PREFIX not in described["paths"]
    body = described["paths"][PICKS]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["buttons"]["items"]["items"] == {"$ref": "#/components/schemas/ButtonIn"}
    assert "ButtonIn" in described["components"]["schemas"]


@NEEDS_API
async def test_posts_api_has_no_operations_while_the_feature_is_off(database_url: str) -> None:
    async with program(database_url) as (client, _):
        assert (await send(client, PREFIX, "posted")).status_code == 202
    async with program(database_url, **OFF) as (client, website):
        assert website.container.core.features().state(FEATURE.name) is FeatureState.OFF
        for path in (PREFIX, PICKS):
            assert (await send(client, path, "k")).status_code == 404
            assert (await client.delete(f"{path}/posted")).status_code == 404
        described = (await client.get("/api/v1/openapi.json")).json()
        assert not {PICKS, f"{PICKS}/{{key}}"} & set(described["paths"])
    environ = {"DATABASE_URL": database_url, **OFF}
    with pytest.raises(CommandRefused, match="picks is off; run `umbral features on picks`"):
        async with open_pick_router(environ):
            pass


async def test_draining_feature_edits_scheduled_posts_and_accepts_no_new_posts(database_url: str) -> None:
    async with program(database_url) as (client, website):
        later = website.container.core.clock().now() + timedelta(days=1)
        for key in ("later", "other"):
            assert (await send(client, PREFIX, key, publish_at=later.isoformat())).status_code == 202
    async with program(database_url, **OFF) as (client, website):
        assert website.container.core.features().now.left["picks"] == {"picks to come": 2}
        old, described = await send(client, PREFIX, "new"), await send(client, PICKS, "new")
        assert (old.status_code, old.json()["error"]) == (409, REFUSED)
        assert (described.status_code, described.json()["detail"]) == (409, REFUSED)
        assert (await client.put(f"{PICKS}/later", json={"text": "Over 3.5"})).status_code == 200
        assert (await client.get(f"{PICKS}/later")).json()["status"] == PostStatus.ACCEPTED
        assert (await client.delete(f"{PREFIX}/later")).status_code == 200
    async with open_pick_router({"DATABASE_URL": database_url, **OFF}) as pick_router:
        with pytest.raises(PicksOff, match="run `umbral features on picks`"):
            await pick_router("new", "retabet", PostContent(text="Over 2.5"))
        assert (await pick_router.withdraw("other")).status is PostStatus.WITHDRAWN
    async with program(database_url, **OFF) as (_, website):
        assert website.container.core.features().state(FEATURE.name) is FeatureState.OFF


async def test_python_program_that_imports_umbral_can_send_edit_and_withdraw_posts(database_url: str) -> None:
    async with program(database_url), open_pick_router({"DATABASE_URL": database_url}) as pick_router:
        pick = await pick_router("k", "retabet", PostContent(text="Over 2.5"))
        assert (await pick_router("k", "retabet", PostContent(text="Over 2.5"))).id == pick.id
        assert (await pick_router.edit("k", PostContent(text="Over 3.5"))).revision == pick.revision + 1
        assert (await pick_router.withdraw("k")).status is PostStatus.WITHDRAWN


async def test_deadline_of_a_tip_without_the_record_feature_is_its_start(shop: Shop) -> None:
    plan, accept = await shop.plan(), AcceptPick(shop.units, shop.clock)
    facts = tip()
    pick = await accept.tip("k", plan.soft_id, TipDraft(facts=facts), "cli")
    assert (await accept.tip("k", plan.soft_id, TipDraft(facts=facts), "cli")).id == pick.id
    later = replace(facts, starts_at=facts.starts_at + timedelta(hours=1))
    assert (await accept.revise("k", TipDraft(facts=later), "cli")).deadline == later.starts_at
    with pytest.raises(InvalidInput, match="must come with a revision of a tip"):
        await accept.edit("k", PostContent(text="Over 3.5"))
    await accept("plain", plan.soft_id, PostContent(text="Over 2.5"))
    with pytest.raises(InvalidInput, match="cannot come by an edit"):
        await accept.revise("plain", TipDraft(facts=facts), "cli")
    shop.clock.advance(later.starts_at - shop.clock.now())
    moved = replace(later, starts_at=later.starts_at + timedelta(hours=1))
    assert (await accept.revise("k", TipDraft(facts=moved), "cli")).deadline == later.starts_at, "it has begun"
    assert (await accept.withdraw("k", "cli")).status is PostStatus.WITHDRAWN
