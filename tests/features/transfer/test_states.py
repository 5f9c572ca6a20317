"""Account transfers at the command line, in the schedule and on cards, in each state of the feature (on, draining,
off).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from features.transfer.commands import AgreeMove, MoveAccount, StopMove
from features.transfer.feature import FEATURE
from features.transfer.permissions import MOVE_CUSTOMER
from subscriptions.application import routing
from subscriptions.application.features import FeatureState, FeatureStates
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.schedule import SchedulePart
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import TelegramId
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff
from tests.fakes.units import Units
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal

NONE = {"FEATURES": "none"}
OFF = "umbral staff: transfer is off; run `umbral features on transfer`\n"
ANSWERS = ("--account", "7000000777", "--reason", "a receipt")
COMMANDS = {MoveAccount, AgreeMove, StopMove}
OPEN = """
INSERT INTO takeovers (id, customer_id, from_account, to_account, status, asked_by, asked_at)
VALUES (gen_random_uuid(), $1, $2, 7000000777, 'proposed', '901', $3)
"""
NAMED = "INSERT INTO second_accounts (customer_id, telegram_id, offered_at, proved_at) VALUES ($1, 7000000777, $2, $2)"


def states(state: FeatureState) -> RunningStates:
    found = installed()
    running = dict.fromkeys(found.features, FeatureState.ON) | {FEATURE.name: state}
    return RunningStates(found, FeatureStates(states=running))


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Yield a connection to the test's database."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def state(terminal: Terminal) -> tuple[str, dict[str, int]]:
    """Return the feature's state and the numbers of its remaining rows, as `umbral features list` prints them."""
    ran = await terminal.run("features", "list", "--json")
    (found,) = [each for each in json.loads(ran.out) if each["name"] == FEATURE.name]
    return found["state"], found["left"]


async def test_feature_is_draining_while_transfers_are_open_or_second_accounts_exist(
    units: Units, connection: asyncpg.Connection, database_url: str, fork_client: ForkClient
) -> None:
    async with units() as uow:
        sold = await selling(uow)
        await uow.commit()
    customer, settings = sold.customer, {"DATABASE_URL": database_url}
    terminal, without = Terminal(settings, fork_client), Terminal({**settings, **NONE}, fork_client)
    who = str(customer.telegram_id)

    assert await state(terminal) == ("on", {})
    assert await state(without) == ("off", {})
    refused = await without.run("staff", "move-account", who, *ANSWERS)
    assert (refused.status, refused.err) == (1, OFF)

    await connection.execute(OPEN, customer.id, customer.telegram_id, NOON)
    await connection.execute(NAMED, customer.id, NOON)
    assert await state(without) == ("draining", {"open transfers": 1, "second accounts": 1})
    refused = await without.run("staff", "move-account", who, *ANSWERS)
    assert (refused.status, refused.err) == (1, OFF)
    # Staff in the console may still stop it; the shell is no person.
    known = await without.run("staff", "stop-move", who, "--reason", "a mistake")
    assert known.err != OFF

    await connection.execute("UPDATE takeovers SET status = 'done', closed_at = $1", NOON)
    await connection.execute("DELETE FROM second_accounts")
    assert await state(without) == ("off", {})


@pytest.mark.parametrize(
    ("state", "is_loaded"), [(FeatureState.ON, True), (FeatureState.DRAINING, True), (FeatureState.OFF, False)]
)
def test_due_transfers_are_processed_unless_the_feature_is_off(state: FeatureState, is_loaded: bool) -> None:
    running = states(state)

    assert ("move_accounts" in {work.name for part in running.parts(SchedulePart) for work in part.works}) is is_loaded
    assert running.allows(MOVE_CUSTOMER) is is_loaded
    routed = {event.__module__ for event in routing.routes(running.now.names_loaded)}
    assert ("features.transfer.domain" in routed) is is_loaded


@pytest.mark.parametrize(
    ("state", "before", "after"),
    [
        (FeatureState.ON, {MoveAccount}, {AgreeMove, StopMove}),
        (FeatureState.DRAINING, set(), {AgreeMove, StopMove}),
        (FeatureState.OFF, set(), set()),
    ],
)
async def test_customer_card_offers_the_commands_that_fit_the_transfer_and_the_feature_state(
    state: FeatureState, before: set[type], after: set[type]
) -> None:
    shop = memory_shop()
    customer = await shop.customer(telegram_id=TelegramId(7000004242))
    await shop.customer(telegram_id=TelegramId(7000000777))
    for account in (901, 902):
        await shop.customer(telegram_id=TelegramId(account), staff_role=StaffRole.MANAGER)
    staff = Staff(shop)
    see = SeeCustomers(shop.units, shop.gateways, staff.desk, shop.policy, states(state).state_of)

    view = await see.card(TelegramId(901), customer.id)
    assert view is not None
    assert {*view.available_commands} & COMMANDS == before
    assert not view.lines

    await staff(TelegramId(901), "move_account", str(customer.id), account="7000000777", reason="a receipt")
    view = await see.card(TelegramId(901), customer.id)
    assert view is not None
    assert {*view.available_commands} & COMMANDS == after
    assert [line.text for line in view.lines] == (["people.move_proposed"] if after else [])
