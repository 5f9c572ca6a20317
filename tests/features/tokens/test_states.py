"""Activation codes in the chat, in the console, by the API and at the command line, in each state of the feature (on,
draining, off).
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.feature import ChatPart
from features.tokens.feature import FEATURE
from features.tokens.permissions import MAKE_TOKENS, REVOKE_TOKENS, SEE_TOKENS
from subscriptions.application.features import FeatureState, FeatureStates, choice_name
from subscriptions.application.vip.code_answers import Activation
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.features import installed
from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.custom_setting import CustomSetting
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from subscriptions.infrastructure.database.engine import create_engine
from tests.integration.application.conftest import database_shop
from tests.integration.bot.conftest import Stage
from tests.integration.bot.staff import owner, words
from tests.support.api_client import key_for
from tests.support.console_visitor import hire, visiting
from tests.support.features import all_but
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.plain_http import plain_http
from tests.support.vip import VipShop
from tests.support.website import running_website

OFF = all_but("tokens")
REFUSED = "tokens is off; run `umbral features on tokens`"
GENERATE = "Generar Token con Plan"


def running(state: FeatureState) -> RunningStates:
    found = installed()
    states = dict.fromkeys(found.features, FeatureState.ON) | {FEATURE.name: state}
    return RunningStates(found, FeatureStates(states=states))


async def state(terminal: Terminal) -> tuple[str, dict[str, int]]:
    """Return the feature's state and the numbers of its remaining rows, as `umbral features list` prints them."""
    ran = await terminal.run("features", "list", "--json")
    (found,) = [each for each in json.loads(ran.out) if each["name"] == FEATURE.name]
    return found["state"], found["left"]


@pytest.mark.parametrize(
    ("state", "is_loaded"),
    [(FeatureState.ON, True), (FeatureState.DRAINING, True), (FeatureState.OFF, False)],
)
def test_staff_can_see_codes_unless_the_feature_is_off(state: FeatureState, is_loaded: bool) -> None:
    states = running(state)
    assert {states.allows(each) for each in (SEE_TOKENS, MAKE_TOKENS, REVOKE_TOKENS)} == {is_loaded}
    assert any(part.panel.lists.keys() >= {"code"} for part in states.parts(ChatPart)) is is_loaded


async def choose(stage: Stage, state: FeatureState) -> None:
    """Store a choice of the feature's state, and for draining also a code, and update the state in the process."""
    now = stage.core.clock().now()
    async with stage.core.units()() as uow:
        value = "on" if state is FeatureState.ON else "off"
        await uow.settings.save(CustomSetting(name=choice_name(FEATURE.name), value=value, changed_at=now))
        plan = await uow.plans.by_soft_id("sportium")
        if state is FeatureState.DRAINING and plan is not None:
            await uow.of(TOKENS_KEY).add_if_new(ActivationToken.make(plan, None, now, now + timedelta(days=30)))
        await uow.commit()
    states = await stage.core.read_states()()
    assert states.states[FEATURE.name] is state
    stage.core.features.override(RunningStates(installed(), states))


@pytest.mark.parametrize("state", FeatureState)
async def test_panel_offers_new_codes_only_while_the_feature_is_on(stage: Stage, state: FeatureState) -> None:
    is_on, is_loaded = state is FeatureState.ON, state is not FeatureState.OFF
    await choose(stage, state)
    async with stage.running():
        olga = await owner(stage)
        assert (GENERATE in words(await olga.open())) is is_on
        assert ("🎟 Tokens" in words(await olga.press("🏷 Oferta"))) is is_loaded
        await olga.press("📦 Planes")
        assert (GENERATE in words(await olga.press("Retabet"))) is is_on


async def test_unused_codes_can_be_redeemed_and_revoked_while_the_feature_is_draining(
    database_url: str, fork_client: ForkClient
) -> None:
    settings = {"DATABASE_URL": database_url}
    terminal, without = Terminal(settings, fork_client), Terminal({**settings, **OFF}, fork_client)
    engine = create_engine(database_url)
    shop = database_shop(engine)
    vip = await VipShop.open(shop)
    plan = await vip.plan()
    make = ("staff", "make-code", "--plan", plan.soft_id)
    refused = await without.run(*make)
    assert (refused.status, refused.err) == (1, f"umbral staff: {REFUSED}\n")
    assert await state(without) == ("off", {})

    assert (await terminal.run(*make)).status == 0
    code = await vip.token(plan, days=3650)
    assert await state(without) == ("draining", {"codes that can still be used": 2})
    assert (await without.run(*make)).status == 1
    async with running_website(database_url, **OFF) as website:
        await hire(website, StaffRole.OWNER)
        async with visiting(website) as visitor:
            await visitor.enter()
            page = await visitor.page("/codes")
            assert "revoke_code" in page
            assert "make_code" not in page
            assert "make_code" not in await visitor.page("/plans")
        async with plain_http(base_url=website.url) as client:
            listed = await client.get("/api/v1/codes", headers=await key_for(website, Ability.CODES))
            assert len(listed.json()["items"]) == 2
    person = await shop.customer()
    assert isinstance(await vip.activate(person.telegram_id, code), Activation)
    assert await state(without) == ("draining", {"codes that can still be used": 1})
    async with engine.connect() as connection:
        left = (await connection.exec_driver_sql("SELECT id FROM activation_tokens WHERE used_at IS NULL")).scalar_one()
    assert (await without.run("staff", "revoke-code", str(left))).status == 0
    assert await state(without) == ("off", {})
    await engine.dispose()


async def test_codes_are_hidden_in_the_console_and_refused_by_the_api_while_the_feature_is_off(
    database_url: str,
) -> None:
    async with running_website(database_url, **OFF) as website:
        await hire(website, StaffRole.OWNER)
        async with visiting(website) as visitor:
            await visitor.enter()
            assert "/codes" not in await visitor.menu()
            await visitor.page("/codes", 404)
            await visitor.page("/do/make_code/new", 404)
        async with plain_http(base_url=website.url) as client:
            refused = await client.get("/api/v1/codes", headers=await key_for(website, Ability.CODES))
            assert (refused.status_code, refused.json()["detail"]) == (409, REFUSED)
            described = (await client.get("/api/v1/openapi.json")).json()
            assert not [path for path in described["paths"] if "/codes" in path]
