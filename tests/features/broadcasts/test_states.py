"""Broadcasts in console, API, chat and at the command line, in each state of the feature (on, draining, off)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from bot.feature import ChatPart
from features.broadcasts.chat import CHAT
from features.broadcasts.domain import Audience, Broadcast
from features.broadcasts.feature import FEATURE
from features.broadcasts.permissions import BROADCAST
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.hand_over_broadcast import BroadcastsOff, HandOverBroadcast
from features.broadcasts.use_cases.mirror_post import MirrorPost
from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.ids import ChatId
from tests.fakes.shop import Shop
from tests.support.api_client import key_for
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.features import all_but
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.website import Website, running_website

OFF = all_but("broadcasts")
REFUSED = "broadcasts is off; run `umbral features on broadcasts`"
PATH = "/api/v1/broadcasts"
BODY = {"text": "Hoy dos picks", "audience": {"segment": "active"}}


@asynccontextmanager
async def console(database_url: str, **settings: str) -> AsyncIterator[tuple[Visitor, Website]]:
    """Open the console as an owner of an installation with these settings."""
    async with running_website(database_url, **settings) as website:
        await website.open_for_business()
        await hire(website, StaffRole.OWNER)
        async with visiting(website) as visitor:
            await visitor.enter()
            yield visitor, website


async def keep(website: Website, *, starts: bool) -> Broadcast:
    """Store a broadcast that is scheduled or a draft."""
    now = website.container.core.clock().now()
    item = Broadcast.draft("chat:1:1", None, PostContent(text="Hoy dos picks"), now)
    item.aim(Audience())
    if starts:
        item.start(now + timedelta(days=1), now)
    async with website.container.core.units()() as uow:
        assert await uow.of(BROADCASTS_KEY).add_if_new(item)
        await uow.commit()
    return item


async def sent_by_program(website: Website) -> httpx.Response:
    """Send a broadcast as a program and return the response."""
    headers = {**await key_for(website, Ability.BROADCASTS), "Idempotency-Key": "k"}
    async with httpx.AsyncClient(base_url=website.url, trust_env=False) as client:
        return await client.post(PATH, json=BODY, headers=headers)


async def test_broadcasts_are_hidden_while_the_feature_is_off(database_url: str) -> None:
    async with console(database_url) as (owner, website):
        draft = await keep(website, starts=False)
        assert "/broadcasts" in await owner.menu()
    async with console(database_url, **OFF) as (owner, website):
        states = website.container.core.features()
        assert (states.state(FEATURE.name), states.allows(BROADCAST)) == (FeatureState.OFF, False)
        assert "/broadcasts" not in await owner.menu()
        await owner.page("/broadcasts", 404)
        await owner.page(f"/do/start_broadcast/{draft.id}", 404)
        assert (await sent_by_program(website)).status_code == 404
        async with httpx.AsyncClient(base_url=website.url, trust_env=False) as client:
            assert "broadcast" not in (await client.get("/api/v1/openapi.json")).text
    environ = {"DATABASE_URL": database_url, **OFF}
    async with open_core(load(CoreSettings, environ), environ=environ) as core:
        assert CHAT not in core.features().parts(ChatPart)


async def test_draining_feature_keeps_a_scheduled_broadcast_and_accepts_no_new_broadcast(
    database_url: str, fork_client: ForkClient
) -> None:
    async with console(database_url) as (_, website):
        scheduled = await keep(website, starts=True)
    async with console(database_url, **OFF) as (owner, website):
        assert website.container.core.features().now.left["broadcasts"]["broadcasts to send"] == 1
        assert "/broadcasts" in await owner.menu()
        assert "Hoy dos picks" in await owner.page("/broadcasts")
        assert "programada" in await owner.page(f"/broadcasts/{scheduled.id}")
        answer = await sent_by_program(website)
        assert (answer.status_code, answer.json()["detail"]) == (409, REFUSED)
    terminal = Terminal({"DATABASE_URL": database_url, **OFF}, fork_client)
    refused = await terminal.run("staff", "compose-broadcast", "--text", "Hola", "--segment", "all")
    assert (refused.status, refused.err) == (1, f"umbral staff: {REFUSED}\n")
    stopped = await terminal.run("staff", "stop-broadcast", str(scheduled.id))
    assert stopped.status == 0, stopped.err
    ran = await terminal.run("features", "list", "--json")
    assert '"name": "broadcasts", "state": "draining"' not in ran.out or '"jobs": 1' in ran.out


async def test_draining_feature_creates_no_broadcast_from_programs_or_mirrored_channels(shop: Shop) -> None:
    source, content = ChatId(-1001234567), PostContent(text="Hoy dos picks")
    hand_over = HandOverBroadcast(shop.units, shop.clock, is_on=False)
    with pytest.raises(BroadcastsOff, match="run `umbral features on broadcasts`"):
        await hand_over("crm", "k", content, Audience(), None)
    await MirrorPost(shop.units, shop.clock, {source: frozenset({"retabet"})}, is_on=False).mirror(
        source, 1, None, content
    )
    assert shop.memory.rows("broadcasts") == []
