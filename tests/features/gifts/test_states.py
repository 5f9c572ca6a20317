"""Gifts in the chat, in the console and at the command line, in each state of the feature (on, draining, off)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest

from bot.feature import ChatPart
from bot.screens import Screen
from features.gifts.feature import FEATURE
from features.gifts.permissions import SEE_GIFTS
from features.gifts.use_cases.has_open_purchase import HasOpenPurchase
from subscriptions.application import routing
from subscriptions.application.features import FeatureState, FeatureStates
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.features import installed
from subscriptions.domain import events
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import memory_shop
from tests.features.gifts.fakes import Giving, giving_at
from tests.features.gifts.test_desk import ES, buttons_of, desk_of
from tests.integration.application.conftest import database_shop
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.features import all_but
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.website import running_website

OFF = all_but("gifts")
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
async def stored(database_url: str) -> AsyncIterator[Giving]:
    """Yield a customer who gives plans away, on the test's database."""
    engine = create_engine(database_url)
    yield await giving_at(database_shop(engine))
    await engine.dispose()


async def state(terminal: Terminal) -> tuple[str, dict[str, int]]:
    """Return the feature's state and the numbers of its remaining rows, as `umbral features list` prints them."""
    ran = await terminal.run("features", "list", "--json")
    (found,) = [each for each in json.loads(ran.out) if each["name"] == FEATURE.name]
    return found["state"], found["left"]


@pytest.mark.parametrize(("state", "is_loaded"), STATES)
def test_gift_events_notify_the_giver_only_while_the_feature_is_loaded(state: FeatureState, is_loaded: bool) -> None:
    states = running(state)

    assert states.allows(SEE_GIFTS) is is_loaded
    routed = routing.routes(states.now.names_loaded)
    reported = {events.PaidForAnother, events.HandedOver, events.HandoverHeld, events.HandoverReturned}
    silent = routing.routes(running(FeatureState.OFF).now.names_loaded)
    assert {event for event in reported if routed.get(event) != silent.get(event)} == (reported if is_loaded else set())


@pytest.mark.parametrize(("state", "is_sold"), [(each, each is FeatureState.ON) for each, _ in STATES])
def test_gift_button_on_a_plan_card_is_shown_only_while_the_feature_is_on(state: FeatureState, is_sold: bool) -> None:
    parts = running(state).parts(ChatPart, FeatureState.ON)
    assert (len([each for each in parts if each.plan_buttons is not None]) == 1) is is_sold


async def test_draining_feature_completes_a_started_purchase_and_starts_no_new_purchase() -> None:
    giving = await giving_at(memory_shop())
    desk = replace(desk_of(giving.shop), is_on=False, has_open_purchase=HasOpenPurchase(giving.shop.units))
    ana, plan = giving.ana, giving.plan.soft_id

    def sells(screen: Screen) -> bool:
        return any(each.startswith("gift_pay") for each in buttons_of(screen))

    assert not sells(await desk.screen(ana, ES, plan))
    step = await desk.pay(ana, ES, plan, "acme", is_agreed=True)
    assert (step.checkout, sells(step.screen)) == (None, False)
    assert not giving.shop.provider.sessions

    await giving.begins()
    assert sells(await desk.screen(ana, ES, plan))
    assert (await desk.pay(ana, ES, plan, "acme", is_agreed=True)).checkout is not None


async def test_feature_drains_until_no_gift_is_unpaid_unopened_or_running(
    database_url: str, fork_client: ForkClient
) -> None:
    settings = {"DATABASE_URL": database_url}
    terminal, without = Terminal(settings, fork_client), Terminal({**settings, **OFF}, fork_client)
    assert await state(without) == ("off", {})
    async with stored(database_url) as giving:
        session = await giving.begins()
        assert await state(without) == ("draining", {"gifts awaiting payment": 1})

        events = giving.shop.provider.pay(session)
        await giving.shop.deliver(*events)
        assert await state(without) == ("draining", {"gifts not opened yet": 1})
        assert (await state(terminal))[0] == "on"

        await giving.open(giving.berta.telegram_id, await giving.code())
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE subscriptions SET access_until = now() + interval '1 day'")
    assert await state(without) == ("draining", {"opened gifts with time left": 1})
    await connection.execute("UPDATE subscriptions SET access_until = now() - interval '1 day'")
    assert await state(without) == ("off", {})
    await connection.close()


async def test_feature_does_not_drain_for_a_refunded_unopened_gift(database_url: str, fork_client: ForkClient) -> None:
    async with stored(database_url) as giving:
        await giving.pays()
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE payments SET status = 'refunded'")
    await connection.close()
    assert await state(Terminal({"DATABASE_URL": database_url, **OFF}, fork_client)) == ("off", {})


async def test_console_lists_gifts_unless_the_feature_is_off(database_url: str) -> None:
    async with console(database_url, **OFF) as owner:
        assert "/gifts" not in await owner.menu()
        await owner.page("/gifts", 404)
    async with console(database_url) as owner:
        assert "/gifts" in await owner.menu()
        await owner.page("/gifts")
    async with stored(database_url) as giving:
        await giving.pays()
        await giving.code()
        reference = (await giving.order()).reference
    async with console(database_url, **OFF) as owner:
        assert "/gifts" in await owner.menu()
        assert giving.plan.name in await owner.page("/gifts")
        assert reference in await owner.page(f"/orders?search={reference}")
