"""The API, its keys, the command line, the panel and the console, in each state of the feature (on, draining, off)."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from features.api.feature import FEATURE
from subscriptions.application.dto.rooms import feature_of
from subscriptions.application.staff.command import staff_commands
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from tests.integration.bot.conftest import Stage
from tests.integration.bot.staff import owner, words
from tests.support.api_client import PROBLEM, key_for
from tests.support.console_visitor import hire, visiting
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.plain_http import plain_http
from tests.support.website import POSTS_KEY, Website, running_website
from web.routes.command_answers import path_of

WITHOUT = "-api"
OFF = "umbral keys: api is off; run `umbral features on api`\n"
ADD = ("keys", "add", "erp", "--abilities", "customers")
PICK = {"plan": "retabet", "text": "Real Madrid +2.5"}
PATHS = (
    *("/api/v1/openapi.json", "/api/v1/reference", "/api/v1/customers", "/api/v1/reports", "/api/v1/broadcasts"),
    *("/api/v1/tax-report", "/api/v1/customers/7/access?plan=vip"),
)


async def state(terminal: Terminal) -> tuple[str, dict[str, int]]:
    """Return the feature's state and the numbers of its remaining rows, as `umbral features list` prints them."""
    ran = await terminal.run("features", "list", "--json")
    (found,) = [each for each in json.loads(ran.out) if each["name"] == FEATURE.name]
    return found["state"], found["left"]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def hand_over(client: httpx.AsyncClient, path: str, headers: dict[str, str], number: int) -> int:
    """Send a post and return the HTTP status of the response."""
    sent = await client.post(path, json=PICK, headers={**headers, "Idempotency-Key": f"match-{number}"})
    return sent.status_code


async def menu_of(website: Website) -> list[str]:
    """Return the paths in the console's menu, as an owner sees it."""
    await hire(website, StaffRole.OWNER)
    async with visiting(website) as olga:
        await olga.enter()
        return await olga.menu()


async def test_api_is_not_found_while_the_feature_is_off_but_posts_are_still_accepted(database_url: str) -> None:
    async with running_website(database_url, FEATURES=WITHOUT) as website:
        await website.open_for_business()
        async with plain_http(base_url=website.url, timeout=90) as client:
            for path in PATHS:
                for headers in ({}, bearer(POSTS_KEY)):
                    answer = await client.get(path, headers=headers)
                    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM), path
            grant = await client.post("/api/v1/customers/7/grant", json={}, headers=bearer(POSTS_KEY))
            assert grant.status_code == 404
            for number, path in enumerate(("/api/picks", "/api/v1/picks")):
                assert await hand_over(client, path, {}, number) == 401
                assert await hand_over(client, path, bearer(POSTS_KEY), number) == 202
            assert (await client.get("/api/figures", headers=bearer(POSTS_KEY))).status_code == 200
        assert "/keys" not in await menu_of(website)


async def test_existing_keys_work_while_the_feature_drains(database_url: str) -> None:
    async with running_website(database_url) as website:
        await website.open_for_business()
        key = await key_for(website, Ability.CUSTOMERS, Ability.PICKS)
    async with (
        running_website(database_url, FEATURES=WITHOUT) as website,
        plain_http(base_url=website.url, timeout=90) as client,
    ):
        assert (await client.get("/api/v1/customers", headers=key)).status_code == 200
        assert (await client.get("/api/v1/openapi.json")).status_code == 200
        assert await hand_over(client, "/api/picks", key, 1) == 202
        assert (await client.get("/api/v1/customers", headers=bearer("umbral_wrong"))).status_code == 401
        assert "/keys" in await menu_of(website)


async def test_command_line_creates_no_key_unless_the_feature_is_on(database_url: str, fork_client: ForkClient) -> None:
    settings = {"DATABASE_URL": database_url}
    terminal, without = Terminal(settings, fork_client), Terminal({**settings, "FEATURES": "none"}, fork_client)

    refused = await without.run(*ADD)
    assert (refused.status, refused.out, refused.err) == (1, "", OFF)
    assert await state(without) == ("off", {})

    assert (await terminal.run(*ADD)).status == 0
    assert await state(Terminal({**settings, "FEATURES": ""}, fork_client)) == ("on", {})
    assert await state(without) == ("draining", {"API keys": 1})
    another = await without.run("keys", "add", "crm")
    assert (another.status, "umbral features on api" in another.err) == (1, True)
    assert "erp" in (await without.run("keys", "list")).out

    assert (await without.run("keys", "revoke", "erp")).status == 0
    assert await state(without) == ("off", {})


@pytest.mark.parametrize(("choices", "is_listed"), [({}, True), ({"FEATURES": WITHOUT}, False)])
async def test_panel_lists_keys_only_while_the_feature_is_on(stage: Stage, is_listed: bool) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        settings = await olga.press("Ajustes")
    assert ("🔑 Claves de API" in words(settings)) == is_listed


async def test_operation_of_a_feature_that_is_off_asks_for_its_ability_first(database_url: str) -> None:
    async with running_website(database_url, FEATURES=FEATURE.name) as website:
        await website.open_for_business()
        weak, strong = await key_for(website, Ability.REPORTS), await key_for(website, *Ability)
        async with plain_http(base_url=website.url, timeout=90) as client:
            for number, command in enumerate(staff_commands().values()):
                if feature_of(command) in {None, FEATURE.name}:
                    continue
                path = re.sub(r"\{\w+\}", "1", path_of(command))
                statuses = []
                for key in ({}, bearer("umbral_wrong"), weak, strong):
                    answer = await client.post(path, json={}, headers={**key, "Idempotency-Key": f"try-{number}"})
                    statuses.append(answer.status_code)
                assert statuses == [401, 401, 403, 409], command.name
