"""Promotions through the API."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from subscriptions.domain.entities.api_key import Ability
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables, client, sale, site, tables
from tests.integration.web.test_offer_commands import post
from tests.support.api_client import key_for
from tests.support.website import BOT, Website

__all__ = ["client", "sale", "site", "tables"]


async def test_program_creates_a_promotion_idempotently(
    client: httpx.AsyncClient, site: Website, sale: Sale, tables: Tables
) -> None:
    headers = {**await key_for(site, Ability.CHANGE_OFFER), "Idempotency-Key": "summer"}
    body = {"code": "summer 20", "gives": "20 %", "plan": sale.plan.soft_id, "uses": 10}
    wrong: tuple[tuple[dict[str, Any], set[str]], ...] = (
        ({}, {"code", "gives"}),
        ({**body, "gives": "0 %", "often": "never"}, {"gives", "often"}),
        ({**body, "uses": "10"}, {"uses"}),
        ({**body, "until": 5000}, {"until"}),
        ({**body, "plan": "nothing"}, {"plan"}),
    )
    for sent, fields in wrong:
        refused = await client.post("/api/v1/promotions", json=sent, headers=headers)
        assert (refused.status_code, set(refused.json()["errors"])) == (422, fields), refused.text
    made = [await client.post("/api/v1/promotions", json=body, headers=headers) for _ in range(2)]
    assert [each.status_code for each in made] == [201, 201], made[0].text
    assert made[0].json() == made[1].json()
    assert (made[0].json()["code"], made[0].json()["link"]) == ("SUMMER20", f"https://t.me/{BOT}?start=promo_SUMMER20")
    taken = await client.post("/api/v1/promotions", json=body, headers={**headers, "Idempotency-Key": "again"})
    assert (taken.status_code, set(taken.json()["errors"])) == (422, {"code"})
    assert await tables.rows("SELECT code, percent, uses, created_by FROM promotions") == [
        {"code": "SUMMER20", "percent": 20, "uses": 10, "created_by": None}
    ]


async def test_program_stops_a_promotion_once(client: httpx.AsyncClient, site: Website, tables: Tables) -> None:
    key, other = await key_for(site, Ability.CHANGE_OFFER), await key_for(site, Ability.OPERATE)
    headers = {**key, "Idempotency-Key": "summer"}
    body = {"code": "SUMMER20", "gives": "20 %"}
    assert (await client.post("/api/v1/promotions", json=body, headers=headers)).is_success
    path = "promotions/summer20/stop"
    assert (await post(client, path, other)).status_code == 403
    done = await post(client, path, key)
    assert (done.status_code, done.json()["outcome"]) == (200, "stopped"), done.text
    again = await post(client, path, key)
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json"), again.text
    for unknown in ("promotions/NOTHING/stop", f"promotions/{uuid4()}/stop"):
        assert (await post(client, unknown, key)).status_code == 404
    assert await tables.rows("SELECT action FROM audit_log WHERE action = 'promotion.make'") == [
        {"action": "promotion.make"},
        {"action": "promotion.make"},
    ]
