"""Codes created by the operator's programs and in the console, with logins that cannot read codes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from subscriptions.application.vip.tokens import find_code
from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from subscriptions.domain.services.code_seal import CodeSeal
from tests.fakes import samples
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables, client, no_text_is_missing, olga, sale, site, tables
from tests.support.api_client import ids, key_for, pages
from tests.support.console_visitor import Visitor
from tests.support.website import BOT, Website

__all__ = ["client", "no_text_is_missing", "olga", "sale", "site", "tables"]

PATH = "/api/v1/codes"
BODY: dict[str, Any] = {"plan": "retabet", "count": 2, "days": 10, "campaign": "summer", "note": "for the fair"}


async def known(site: Website, code: str) -> bool:
    """Return True if the bot accepts the activation code. Uses the bot's key, which the web process does not have."""
    async with site.container.core.units()() as uow:
        return await find_code(uow, CodeSeal(b"the bot's"), code) is not None


async def test_repeated_api_request_for_codes_returns_the_same_codes(
    client: httpx.AsyncClient, site: Website, tables: Tables
) -> None:
    key = await key_for(site, Ability.MAKE_CODES)
    first = await client.post(PATH, json=BODY, headers={**key, "Idempotency-Key": "fair"})
    assert (first.status_code, first.headers["cache-control"]) == (201, "no-store"), first.text
    codes = [made["code"] for made in first.json()["codes"]]
    assert [made["link"] for made in first.json()["codes"]] == [f"https://t.me/{BOT}?start={code}" for code in codes]
    assert [await known(site, code) for code in codes] == [True, True]
    again = await client.post(PATH, json=BODY, headers={**key, "Idempotency-Key": "fair"})
    assert (again.status_code, again.json()) == (201, first.json())
    rows = await tables.rows("SELECT token, created_by, campaign FROM activation_tokens")
    assert (len(rows), [row for row in rows if row["token"] in codes]) == (2, [])
    notified = await tables.rows("SELECT actor, facts ->> 'count' AS count FROM audit_log WHERE action = 'token.make'")
    assert notified == [{"actor": f"api:{Ability.MAKE_CODES}", "count": "2"}]

    other = await client.post(PATH, json={**BODY, "count": 3}, headers={**key, "Idempotency-Key": "fair"})
    assert other.status_code == 409
    foreign = await client.post(
        PATH, json=BODY, headers={**await key_for(site, Ability.MAKE_CODES, Ability.CODES), "Idempotency-Key": "fair"}
    )
    assert not {made["code"] for made in foreign.json()["codes"]} & set(codes), "another key is told others"


async def test_key_that_may_only_list_codes_cannot_create_codes(
    client: httpx.AsyncClient, site: Website, tables: Tables
) -> None:
    lists, makes = await key_for(site, Ability.CODES), await key_for(site, Ability.MAKE_CODES)
    for headers, status in (({}, 401), (lists, 403)):
        answer = await client.post(PATH, json=BODY, headers={**headers, "Idempotency-Key": "k"})
        assert answer.status_code == status
    assert (await client.get(PATH, headers=makes)).status_code == 403
    assert (await client.post(PATH, json=BODY, headers=makes)).status_code == 400
    assert not await tables.rows("SELECT 1 FROM activation_tokens")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"plan": "nothing"}, "plan"),
        ({"plan": None}, "plan"),
        ({"count": 0}, "count"),
        ({"count": "3"}, "count"),
        ({"days": 1000}, "days"),
        ({"days": True}, "days"),
        ({"note": "\x00"}, "note"),
        ({"note": 7}, "note"),
        ({"campaign": ["summer"]}, "campaign"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_refusal_of_a_code_request_names_the_invalid_field(
    client: httpx.AsyncClient, site: Website, wrong: dict[str, Any], field: str
) -> None:
    headers = {**await key_for(site, Ability.MAKE_CODES), "Idempotency-Key": "k"}
    answer = await client.post(PATH, json={**BODY, **wrong}, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert field in answer.json()["errors"]


async def test_codes_are_shown_once_in_the_console(olga: Visitor, sale: Sale, site: Website, tables: Tables) -> None:
    assert f"/admin/do/make_code/{sale.plan.id}" in await olga.page("/plans")
    wrong = await olga.do("make_code", sale.plan.id, plan=sale.plan.soft_id, count="0", days="30", campaign="fair")
    assert "Cantidad: 0 no vale" in wrong
    page = await olga.do("make_code", sale.plan.id, plan=sale.plan.soft_id, count="2", days="30", campaign="fair")
    codes = re.findall(r"\?start=(\w{16})", page)
    assert [await known(site, code) for code in codes] == [True, True]
    assert not [code for code in codes if code in await olga.page("/codes")]
    notified = await tables.rows("SELECT facts ->> 'campaign' AS campaign FROM audit_log WHERE action = 'token.make'")
    assert notified == [{"campaign": "fair"}]


async def test_program_can_revoke_its_codes(client: httpx.AsyncClient, site: Website, tables: Tables) -> None:
    key, lists = await key_for(site, Ability.MAKE_CODES), await key_for(site, Ability.CODES)
    made = (await client.post(PATH, json=BODY, headers={**key, "Idempotency-Key": "fair"})).json()["codes"]
    path, mark = f"{PATH}/{made[0]['code']}/revoke", {"Idempotency-Key": "lost"}
    assert (await client.post(path, json={}, headers={**lists, **mark})).status_code == 403
    assert (await client.post(path, json={}, headers=key)).status_code == 400
    for _ in range(2):
        done = await client.post(path, json={"reason": "lost"}, headers={**key, **mark})
        assert (done.status_code, done.json()["outcome"]) == (200, "revoked"), done.text
    by_id = await client.post(f"{PATH}/{made[1]['id']}/revoke", headers={**key, "Idempotency-Key": "2"})
    assert by_id.json()["outcome"] == "revoked"
    over = await client.post(path, json={}, headers={**key, "Idempotency-Key": "3"})
    assert (over.status_code, over.headers["content-type"]) == (409, "application/problem+json")
    nothing = await client.post(f"{PATH}/ABCDABCDABCDABCD/revoke", headers={**key, "Idempotency-Key": "4"})
    assert nothing.status_code == 404
    assert len(await tables.rows("SELECT 1 FROM activation_tokens WHERE revoked_at IS NOT NULL")) == 2


async def test_code_is_revoked_in_the_console(olga: Visitor, sale: Sale, site: Website, tables: Tables) -> None:
    assert "/admin/do/make_code/new" in await olga.page("/codes")
    await olga.do("make_code", "new", plan=sale.plan.soft_id, count="1", days="", campaign="")
    [token] = await tables.rows("SELECT id FROM activation_tokens")
    assert f"/admin/do/revoke_code/{token['id']}" in await olga.page("/codes")
    assert "anulado" in await olga.do("revoke_code", token["id"], reason="perdido")
    assert await tables.rows("SELECT why FROM audit_log WHERE action = 'token.revoke'") == [{"why": "perdido"}]


async def test_list_of_codes_shows_only_the_prefix_of_each_code(client: httpx.AsyncClient, site: Website) -> None:
    headers = await key_for(site, Ability.CODES)
    plan, now = samples.plan(), site.container.core.clock().now()
    codes = [
        ActivationToken.make(
            plan, TelegramId(1), now + timedelta(seconds=number), now + timedelta(days=number), note="Ana"
        )
        for number in range(5)
    ]
    codes[4].revoked_at, codes[4].revoked_by = now, TelegramId(1)
    async with site.container.core.units()() as uow:
        await uow.plans.save(plan)
        for code in codes:
            assert await uow.of(TOKENS_KEY).add_if_new(code)
        await uow.commit()
    shown = await pages(client, PATH, headers, 2)
    assert ids(shown) == [str(code.id) for code in reversed(codes)]
    items = [item for page in shown for item in page]
    assert [item["state"] for item in items] == ["revoked", "usable", "usable", "usable", "expired"]
    assert [item["prefix"] for item in items] == [code.token[:4] for code in reversed(codes)]
    assert set(items[0]) == {"id", "prefix", "plan", "campaign", "state", "created_at", "expires_at"}
    assert items[0]["plan"] == plan.soft_id
