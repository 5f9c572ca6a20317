"""API keys of the operator's programs: created, used, replaced and revoked."""

from __future__ import annotations

import json

import httpx

from subscriptions.domain.entities.api_key import Ability, ApiKey, digest_of, new_secret
from tests.integration.web.conftest import Tables
from tests.support.features import runs
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Ran, Terminal
from tests.support.website import POSTS_KEY, Website

PICK = {"plan": "retabet", "text": "Real Madrid +2.5"}


async def hand_over(client: httpx.AsyncClient, secret: str, number: int = 1) -> int:
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": f"match-{number}"}
    return (await client.post("/api/picks", json=PICK, headers=headers)).status_code


async def figures(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    return await client.get("/api/figures", headers={"Authorization": f"Bearer {secret}"})


async def test_key_is_created_used_replaced_and_revoked(
    client: httpx.AsyncClient, database_url: str, fork_client: ForkClient, tables: Tables
) -> None:
    terminal = Terminal({"DATABASE_URL": database_url}, fork_client)

    async def keys(*words: str) -> Ran:
        return await terminal.run("keys", *words)

    first = (await keys("add", "core-2026-11")).out.split()[-1]
    second = (await keys("add", "core-2026-12", "--abilities", "reports,picks")).out.split()[-1]
    assert [await hand_over(client, secret) for secret in (first, second, POSTS_KEY)] == [202, 202, 202]
    again = await keys("add", "core-2026-11")
    assert (again.status, again.out) == (1, "")
    unknown = await keys("add", "core-2026-13", "--abilities", "picks,everything")
    assert (unknown.status, "picks, reports" in unknown.err) == (2, True)

    kept = json.dumps(await tables.rows("SELECT * FROM api_keys"), default=str)
    assert first not in kept
    assert digest_of(first) in kept
    listed = {row["name"]: row for row in json.loads((await keys("list", "--json")).out)}
    assert set(listed) == {"core-2026-11", "core-2026-12"}
    assert [listed[name]["may"] for name in sorted(listed)] == ["picks", "picks, reports"]
    assert all(row["used"] != "-" for row in listed.values())

    assert (await keys("revoke", "core-2026-11")).status == 0
    assert (await keys("revoke", "core-2026-11")).status == 1
    assert [await hand_over(client, secret) for secret in (first, second)] == [401, 202]


async def test_key_grants_only_its_abilities(client: httpx.AsyncClient, site: Website) -> None:
    secrets = {}
    for ability in Ability:
        secrets[ability] = new_secret()
        key = ApiKey(
            name=ability,
            digest=digest_of(secrets[ability]),
            abilities=frozenset({ability}),
            created_at=site.container.core.clock().now(),
        )
        await site.give(key)
    if runs("picks"):
        assert await hand_over(client, secrets[Ability.PICKS]) == 202
        assert await hand_over(client, secrets[Ability.REPORTS]) == 403
    assert (await figures(client, secrets[Ability.PICKS])).status_code == 403
    answer = await figures(client, secrets[Ability.REPORTS])
    assert (answer.status_code, "umbral_webhooks_pending" in answer.json()) == (200, True)
    described = await client.get("/api/v1/reports", headers={"Authorization": f"Bearer {secrets[Ability.REPORTS]}"})
    assert (described.status_code, described.json().keys()) == (200, answer.json().keys())
    other = await client.get("/api/v1/reports", headers={"Authorization": f"Bearer {secrets[Ability.PICKS]}"})
    assert (other.status_code, other.headers["content-type"]) == (403, "application/problem+json")
    assert (await figures(client, POSTS_KEY)).status_code == 200
    for wrong in ("x", new_secret(), secrets[Ability.REPORTS][:-1], "umbral_\xff"):
        refused = await client.get("/api/figures", headers={"Authorization": f"Bearer {wrong}".encode("latin-1")})
        assert refused.status_code == 401
