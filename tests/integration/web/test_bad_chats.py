"""Invalid changes of a chat or of its use in plans, refused by the console and the API with the reason and the
remedy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.resources.add_resource import FOR_NO_PLAN
from subscriptions.application.resources.staff_resources import AT_ONCE
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import SHARED_CHANNEL, EntryPolicy, Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.invite_maker import ChannelLook
from tests.fakes import samples
from tests.integration.web.conftest import Tables
from tests.support.api_client import key_for
from tests.support.console_visitor import Visitor
from tests.support.features import runs
from tests.support.website import Website
from web.console.said import said_in

NEWS, OWN, FREE = -1002200000007, -1002200000008, -1002200000009
CHATS: Mapping[int, Mapping[str, Any]] = {
    -1002200000001: {"is_admin": False},
    -1002200000002: {"missing_rights": ("invite",)},
    -1002200000003: {"missing_rights": ("remove",)},
    -1002200000004: {"missing_rights": ("post",)},
    -1002200000005: {"chat_type": "supergroup", "members_invite": True},
    -1002200000006: {"chat_type": "private"},
    NEWS: {},
    OWN: {},
    FREE: {},
}
"""Chats by id: the properties, as last seen by the bot, that differ from those of a usable chat."""
TITLE = {"title": "Tertulia"}


@dataclass(frozen=True)
class Bad:
    """Refused staff command. wrong: the reason."""

    command: str
    answers: Mapping[str, str]
    at: str
    wrong: Wrong
    subject: str = "shop"


def adding(chat: object, wrong: Wrong) -> Bad:
    answers = {"chat": str(chat), "soft_id": "otra", "entry": EntryPolicy.REQUEST, "together": FOR_NO_PLAN}
    return Bad("add_resource", answers, "chat", wrong)


REFUSED = {
    "no administrator, or put out": adding(-1002200000001, Wrong("chat_not_admin", **TITLE)),
    "may not invite": adding(-1002200000002, Wrong("chat_lacks_invite", **TITLE)),
    "may not ban": adding(-1002200000003, Wrong("chat_lacks_remove", **TITLE)),
    "may not post": adding(-1002200000004, Wrong("chat_lacks_post", **TITLE)),
    "members let others in": adding(-1002200000005, Wrong("chat_members_invite", **TITLE)),
    "a private chat": adding(-1002200000006, Wrong("chat_private", chat="-1002200000006")),
    "the same chat twice": adding(NEWS, Wrong("chat_known", **TITLE)),
    "a customer's own channel": adding(OWN, Wrong("chat_known", **TITLE)),
    "somebody else's, where the bot never was": adding(-1002200000099, Wrong("chat_unseen", chat="-1002200000099")),
    "no chat at all": adding("tertulia", Wrong("chat_named")),
    "a plan that opens nothing": Bad(
        "detach_resource",
        {"opener": "solo", "ends": AT_ONCE},
        "opener",
        Wrong("opens_nothing", plan="Solo"),
        subject="news",
    ),
    "a retired one that a plan opens alone": Bad(
        "retire_resource", {"ends": AT_ONCE}, "ends", Wrong("opens_nothing", plan="Solo"), subject="news"
    ),
}


@pytest.fixture
async def plan(site: Website) -> ServicePlan:
    """Create a plan that opens one channel. A personal channel of a customer exists as well."""
    now, plan = site.container.core.clock().now(), samples.plan(soft_id="solo", name="Solo", opens=("news",))
    customer = samples.customer()
    subscription = samples.given(customer, plan, now + timedelta(days=30))
    own = replace(samples.ready_channel(subscription), channel_id=ChatId(OWN), title="Tertulia")
    async with site.container.core.units()() as uow:
        news = Resource.add("news", SHARED_CHANNEL, "Tertulia", EntryPolicy.REQUEST, now)
        assert await uow.resources.add_if_new(news)
        assert await uow.channels.add_if_new(Channel.for_resource(news, ChatId(NEWS), "Tertulia", now))
        await uow.plans.save(plan)
        await uow.customers.add_if_new(customer)
        await uow.subscriptions.save(subscription)
        assert await uow.channels.add_if_new(own)
        for chat, more in CHATS.items():
            facts = {"is_channel": True, "is_admin": True, "chat_type": "channel", **TITLE, **more}
            await uow.resources.see_chat(ChannelLook(chat=ChatId(chat), **facts), now)
        await uow.commit()
    return plan


@pytest.mark.skipif(not runs("api"), reason="compares the answers of the console with those of the API")
async def test_invalid_command_about_a_chat_is_refused_with_a_specific_message(
    olga: Visitor, site: Website, client: httpx.AsyncClient, tables: Tables, plan: ServicePlan
) -> None:
    headers = await key_for(site, *Ability)
    paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
    for what, bad in REFUSED.items():
        spanish, english = said_in("es").wrong(bad.wrong), said_in("en").wrong(bad.wrong)
        assert spanish != said_in("es").wrong(Wrong("nothing of this name")), what
        page = await olga.look(bad.command, bad.subject, **bad.answers)
        assert spanish in page, (what, page)
        (path,) = [path for path, each in paths.items() if each.get("post", {}).get("operationId") == bad.command]
        key = {"Idempotency-Key": str(uuid4())}
        answer = await client.post(re.sub(r"{\w+}", bad.subject, path), json=bad.answers, headers=headers | key)
        assert (answer.status_code, answer.json()["errors"][bad.at]) == (422, english), (what, answer.text)
    assert len(await tables.rows("SELECT id FROM resources WHERE soft_id NOT IN ('personal', 'vip')")) == 1


@pytest.mark.skipif(not runs("api"), reason="compares the answers of the console with those of the API")
async def test_chat_in_use_cannot_be_deleted_and_plan_with_an_invalid_field_is_not_saved(
    olga: Visitor, site: Website, client: httpx.AsyncClient, tables: Tables, plan: ServicePlan
) -> None:
    headers = await key_for(site, *Ability)
    assert "Si lo retiras" in await olga.do("delete_resource", "news")
    kept = await client.post("/api/v1/resources/news/delete", headers=headers | {"Idempotency-Key": "delete"})
    assert (kept.json()["outcome"], "Retire it" in kept.json()["says"]) == ("in_use", True), kept.text
    common = {"name": "Dos", "soft_id": "dos", "price": "5.00", "currency": "EUR", "days": 30}
    for number, (more, at) in enumerate(
        [({"opens": []}, "opens"), ({"opens": ["nowhere"]}, "opens"), ({"holders_of": ["dos"]}, "holders_of")]
    ):
        record = json.dumps(common | more)
        assert f"el campo {at} no vale" in await olga.do("save_plan", "shop", record=record, version="")
        answer = await client.post(
            "/api/v1/plans", json={"record": record}, headers=headers | {"Idempotency-Key": f"plan{number}"}
        )
        assert answer.status_code == 422, answer.text
        assert f"the field {at} isn't valid" in answer.text
    assert await tables.rows("SELECT id FROM service_plans WHERE soft_id = 'dos'") == []
