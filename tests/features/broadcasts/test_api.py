"""Broadcasts of the operator's programs: submitted, queried and stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from features.broadcasts.domain import Audience, Broadcast
from features.broadcasts.ports import BROADCASTS_KEY
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.integration.web.conftest import Tables
from tests.support.api_client import key_for
from tests.support.website import Website

PATH = "/api/v1/broadcasts"
BODY: dict[str, Any] = {"text": "Hoy dos picks", "audience": {"segment": "active"}}


async def test_repeated_request_creates_one_broadcast_whose_status_is_returned_and_which_can_be_stopped(
    client: httpx.AsyncClient, site: Website
) -> None:
    key = await key_for(site, Ability.BROADCASTS)
    at = (site.container.core.clock().now() + timedelta(hours=1)).isoformat()
    first = await client.post(PATH, json={**BODY, "at": at}, headers={**key, "Idempotency-Key": "k"})
    assert first.status_code == 202, first.text
    again = await client.post(PATH, json={**BODY, "at": at}, headers={**key, "Idempotency-Key": "k"})
    assert again.json() == first.json()
    other = await client.post(PATH, json={**BODY, "text": "otro"}, headers={**key, "Idempotency-Key": "k"})
    assert other.status_code == 409

    here = f"{PATH}/{first.json()['id']}"
    reported = (await client.get(here, headers=key)).json()
    assert (reported["status"], reported["sent"], reported["reasons"]) == ("scheduled", 0, {})
    empty_key = await client.post(f"{here}/stop", headers={**key, "Idempotency-Key": ""})
    assert empty_key.status_code == 400, "a key that is none is no key of ours either"
    stopped = await client.post(f"{here}/stop", headers=key)
    assert (stopped.status_code, stopped.json()["status"]) == (200, "draft")
    assert (await client.get(f"{PATH}/00000000-0000-0000-0000-000000000000", headers=key)).status_code == 404


async def test_status_of_a_channel_broadcast_can_be_read_with_the_database_login_of_the_web_process(
    client: httpx.AsyncClient, site: Website
) -> None:
    await site.open_for_business()
    key, units = await key_for(site, Ability.BROADCASTS), site.container.core.units()
    async with units() as uow:
        plan = (await uow.plans.all())[0]
    body = {**BODY, "audience": {"channels": [plan.soft_id]}}
    handed = await client.post(PATH, json=body, headers={**key, "Idempotency-Key": "k"})
    named = handed.json()["id"]
    async with units() as uow:
        now = site.container.core.clock().now()
        assert await uow.of(POSTS_KEY).add_if_new(
            Post.accept(f"broadcast:{named}:{plan.soft_id}", plan.id, PostContent(text="x"), now)
        )
        await uow.commit()
    reported = await client.get(f"{PATH}/{named}", headers=key)
    assert (reported.status_code, reported.json()["reasons"]) == (200, {})
    assert (await client.post(f"{PATH}/{named}/stop", headers=key)).status_code == 200


async def test_broadcast_is_resumed_edited_and_withdrawn(client: httpx.AsyncClient, site: Website) -> None:
    key = await key_for(site, Ability.BROADCASTS)
    handed = await client.post(PATH, json=BODY, headers={**key, "Idempotency-Key": "k"})
    here = f"{PATH}/{handed.json()['id']}"
    assert (await client.post(f"{here}/resume", headers=key)).status_code == 409, (
        "as every act that is not in a state for it"
    )
    async with site.container.core.units()() as uow:
        [begun] = await uow.of(BROADCASTS_KEY).newest(5)
        begun.begin(site.container.core.clock().now())
        await uow.of(BROADCASTS_KEY).save(begun)
        await uow.commit()
    stopped = await client.post(f"{here}/stop", headers=key)
    assert (stopped.status_code, stopped.json()["status"]) == (200, "stopped")
    resumed = await client.post(f"{here}/resume", headers=key)
    assert (resumed.status_code, resumed.json()["status"]) == (200, "sending"), resumed.text

    without_key = await client.post(f"{here}/edit", json={"text": "Hoy tres"}, headers=key)
    assert without_key.status_code == 400, "the former door alone needs none"
    edited = await client.put(here, json={"text": "Hoy tres"}, headers=key)
    assert edited.status_code == 200, edited.text
    for wrong in ({"text": ""}, {"text": "x", "audience": {}}, {}):
        answer = await client.put(here, json=wrong, headers=key)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")

    withdrawn = await client.delete(here, headers=key)
    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn"), withdrawn.text
    async with site.container.core.units()() as uow:
        [kept] = await uow.of(BROADCASTS_KEY).newest(5)
    assert kept.content.text == "Hoy tres"
    assert (await client.delete(here)).status_code == 401
    nobody = f"{PATH}/00000000-0000-0000-0000-000000000000"
    assert (await client.post(f"{nobody}/resume", headers=key)).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": ""}, "text"),
        ({"audience": {"segment": "friends"}}, "audience.segment"),
        ({"audience": {"segment": "never", "plan": "retabet"}}, "plan"),
        ({"audience": {"channels": ["nothing"]}}, "audience"),
        ({"at": "2001-01-01T00:00:00Z"}, "at"),
        ({"at": "tomorrow"}, "at"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_refusal_of_a_broadcast_names_the_invalid_field(
    client: httpx.AsyncClient, site: Website, wrong: dict[str, Any], field: str
) -> None:
    key = await key_for(site, Ability.BROADCASTS)
    answer = await client.post(PATH, json={**BODY, **wrong}, headers={**key, "Idempotency-Key": "k"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert field in answer.json()["errors"]


async def test_missing_key_or_idempotency_key_is_refused(client: httpx.AsyncClient, site: Website) -> None:
    assert (await client.post(PATH, json=BODY)).status_code == 401
    assert (await client.post(PATH, json=BODY, headers=await key_for(site, Ability.PICKS))).status_code == 403
    answer = await client.post(PATH, json=BODY, headers=await key_for(site, Ability.BROADCASTS))
    assert answer.status_code == 400


async def test_idempotency_key_of_a_broadcast_belongs_to_its_sender(
    client: httpx.AsyncClient, site: Website, tables: Tables
) -> None:
    body = {"text": "Hoy no hay picks", "audience": {"segment": "all"}}
    both = [await key_for(site, Ability.BROADCASTS), await key_for(site, Ability.BROADCASTS, Ability.PLANS)]
    ids = []
    for headers in (*both, *both):
        answer = await client.post("/api/v1/broadcasts", json=body, headers={**headers, "Idempotency-Key": "a"})
        assert answer.status_code == 202, answer.text
        ids.append(answer.json()["id"])
    assert (ids[:2], len(set(ids))) == (ids[2:], 2)
    other = {**body, "text": "Otro"}
    refused = await client.post("/api/v1/broadcasts", json=other, headers={**both[0], "Idempotency-Key": "a"})
    assert refused.status_code == 409


async def test_broadcast_request_repeated_after_an_upgrade_is_not_sent_twice(
    client: httpx.AsyncClient, site: Website
) -> None:
    headers = {**await key_for(site, Ability.BROADCASTS), "Idempotency-Key": "daily"}
    now = site.container.core.clock().now()
    before = Broadcast.draft("api:daily", None, PostContent(text="Hola"), now)
    before.aim(Audience())
    before.start(now, now)
    async with site.container.core.units()() as uow:
        assert await uow.of(BROADCASTS_KEY).add_if_new(before)
        await uow.commit()
    body = {"text": "Hola", "audience": {"segment": "all"}}
    again = await client.post("/api/v1/broadcasts", json=body, headers=headers)
    assert again.json()["id"] == str(before.id)
    other = await client.post("/api/v1/broadcasts", json={**body, "text": "Otro"}, headers=headers)
    assert (other.status_code, other.json()["id"] == str(before.id)) == (202, False)


async def test_request_body_of_a_broadcast_is_described_by_the_api(client: httpx.AsyncClient) -> None:
    said = (await client.get("/api/v1/openapi.json")).json()
    body = said["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["audience"] == {"$ref": "#/components/schemas/AudienceIn"}
    assert "AudienceIn" in said["components"]["schemas"]
