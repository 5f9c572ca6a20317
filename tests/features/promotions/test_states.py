"""Promotions in the chat, in the console, by the API and at the command line, in each state of the feature (on,
draining, off).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from bot.feature import ChatPart, start_links, typed_codes
from features.promotions.feature import FEATURE
from features.promotions.permissions import MAKE_PROMOTIONS, SEE_PROMOTIONS
from subscriptions.application.features import FeatureState, FeatureStates
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import Shop
from tests.features.promotions.fakes import claiming
from tests.integration.application.conftest import database_shop
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.features import EVERY, all_but
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.website import running_website

OFF = all_but("promotions")
REFUSED = "umbral staff: promotions is off; run `umbral features on promotions`\n"
MAKE = ("staff", "make-promotion", "--code", "VERANO", "--gives", "20 %")
STATES = [(FeatureState.ON, True), (FeatureState.DRAINING, True), (FeatureState.OFF, False)]


def running(state: FeatureState) -> RunningStates:
    found = installed()
    states = dict.fromkeys(found.features, FeatureState.ON) | {FEATURE.name: state}
    return RunningStates(found, FeatureStates(states=states))


@asynccontextmanager
async def console(database_url: str, **settings: str) -> AsyncIterator[Visitor]:
    """Yield a console visitor signed in as an owner of an installation with these settings."""
    async with running_website(database_url, **settings) as website:
        await hire(website, StaffRole.OWNER)
        async with visiting(website) as visitor:
            await visitor.enter()
            yield visitor


@asynccontextmanager
async def stored(database_url: str) -> AsyncIterator[Shop]:
    """Yield a shop on the test's database."""
    engine = create_engine(database_url)
    yield database_shop(engine)
    await engine.dispose()


async def in_the_chat(database_url: str, **settings: str) -> tuple[bool, bool, int]:
    """Return True if the bot knows links of promotions, True if it applies the codes in these links, and the number of
    features that handle typed codes.
    """
    environ = {
        "DATABASE_URL": database_url,
        "FEATURES": EVERY,
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35,
        **settings,
    }
    async with open_core(load(BotSettings, environ), environ=environ) as core:
        container = BotContainer(core=core)
        links = start_links(container)
        applies = any(prefix == "promo_" and arrive is not None for prefix, arrive in links.arrivals.items())
        return links.knows("promo_VERANO"), applies, len(typed_codes(container))


async def state(terminal: Terminal) -> tuple[str, dict[str, int]]:
    """Return the feature's state and the numbers of its remaining rows, as `umbral features list` prints them."""
    ran = await terminal.run("features", "list", "--json")
    (found,) = [each for each in json.loads(ran.out) if each["name"] == FEATURE.name]
    return found["state"], found["left"]


@pytest.mark.parametrize(("state", "is_loaded"), STATES)
def test_staff_see_and_create_promotions_only_while_the_feature_is_loaded(state: FeatureState, is_loaded: bool) -> None:
    states = running(state)
    assert (states.allows(SEE_PROMOTIONS), states.allows(MAKE_PROMOTIONS)) == (is_loaded, is_loaded)
    assert any(part.panel.lists.keys() >= {"promotion"} for part in states.parts(ChatPart)) is is_loaded


async def test_feature_drains_until_claimed_promotion_codes_are_stopped(
    database_url: str, fork_client: ForkClient
) -> None:
    settings = {"DATABASE_URL": database_url}
    terminal, without = Terminal(settings, fork_client), Terminal({**settings, **OFF}, fork_client)
    refused = await without.run(*MAKE)
    assert (refused.status, refused.err) == (1, REFUSED)
    assert (await terminal.run(*MAKE)).status == 0
    assert await state(without) == ("off", {}), "nobody has claimed it"
    assert await in_the_chat(database_url) == (True, True, 1)
    assert await in_the_chat(database_url, **OFF) == (False, False, 0)

    async with stored(database_url) as shop:
        ana = await shop.customer()
        await claiming(shop)(ana.telegram_id, "VERANO")
        plan = await shop.priced()
        session = await shop.start(ana.telegram_id, plan.soft_id, "acme")
    assert session.price is not None
    assert session.price.minor == plan.price.minor * 8 // 10
    assert await state(without) == ("draining", {"claimed codes that are still valid": 1})
    assert await in_the_chat(database_url, **OFF) == (True, False, 0)
    refused = await without.run(*MAKE)
    assert (refused.status, refused.err) == (1, REFUSED)
    async with console(database_url, **OFF) as owner:
        assert "/promotions" in await owner.menu()
        page = await owner.page("/promotions")
        assert "VERANO" in page
        assert "make_promotion" not in page

    assert (await without.run("staff", "stop-promotion", "VERANO")).status == 0
    assert await state(without) == ("off", {})


async def test_promotions_are_hidden_in_the_console_while_the_feature_is_off(database_url: str) -> None:
    async with console(database_url, **OFF) as owner:
        assert "/promotions" not in await owner.menu()
        await owner.page("/promotions", 404)
        await owner.page("/do/make_promotion/new", 404)


async def test_order_opened_with_a_code_keeps_its_price_after_the_feature_is_off(database_url: str) -> None:
    async with stored(database_url) as shop:
        ana, plan = await shop.customer(), await shop.priced()
        connection = await asyncpg.connect(database_url)
        await connection.execute(
            "INSERT INTO promotions (id, code, percent, first_only, once, created_at)"
            " VALUES (gen_random_uuid(), 'VERANO', 20, true, true, now())"
        )
        await claiming(shop)(ana.telegram_id, "VERANO")
        view = await shop.start(ana.telegram_id, plan.soft_id, "acme")
        session = next(each.id for each in shop.provider.sessions.values() if each.url == view.url)
        await connection.execute("UPDATE promotions SET stopped_at = now()")
        await shop.deliver(*shop.provider.pay(session))
        assert await connection.fetchval("SELECT count(*) FROM promotion_uses") == 1
        (flag,) = [row["flag"] for row in await connection.fetch("SELECT flag FROM payments")]
        assert flag is None
        await connection.close()
