"""Withdrawals in the chat and at the command line, in each state of the feature (on, draining, off)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from bot.feature import start_links, status_sections
from bot.screens import Screen
from bot.texts import texts_for
from features.withdrawals.feature import FEATURE
from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from tests.fakes.selling import Sale, selling
from tests.fakes.units import Units
from tests.support.features import EVERY, all_but
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal

SWITCHED_OFF = all_but("withdrawals")
NO_RIGHT = {"WITHDRAWAL": "off"}
FRESH, OLD = "now() - interval '1 day'", "now() - interval '20 days'"
ES = texts_for("es")


@pytest.fixture
async def sale(units: Units) -> Sale:
    """Store a contract that was concluded long ago."""
    async with units() as uow:
        made = await selling(uow)
        await uow.commit()
    return made


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Yield a connection to the test's database."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def concluded(connection: asyncpg.Connection, when: str) -> None:
    """Set the date of the contract."""
    await connection.execute(f"UPDATE orders SET status = 'paid', created_at = {when}, paid_at = {when}")


async def in_the_chat(url: str, sale: Sale, **settings: str) -> tuple[FeatureState, bool, bool, bool]:
    """Return the feature's state and three flags: the status card has the withdrawal button, the bot knows the
    withdrawal link, and the link has an effect.
    """
    environ = {
        "DATABASE_URL": url,
        "FEATURES": EVERY,
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35,
        **settings,
    }
    async with open_core(load(BotSettings, environ), environ=environ) as core:
        container, features = BotContainer(core=core), core.features()
        shown = [section for read in status_sections(container) for section in await read(sale.customer, ES)]
        data = {each.callback_data for section in shown for row in section.buttons for each in row}
        links = start_links(container)
        screen = await links.arrive(sale.customer, ES, "withdraw")
        return features.state(FEATURE.name), "withdraw" in data, links.knows("withdraw"), isinstance(screen, Screen)


async def test_customer_can_withdraw_within_the_period_unless_the_shop_excludes_the_right(
    sale: Sale, connection: asyncpg.Connection, database_url: str
) -> None:
    await concluded(connection, FRESH)
    assert await in_the_chat(database_url, sale) == (FeatureState.ON, True, True, True)
    assert await in_the_chat(database_url, sale, **SWITCHED_OFF) == (FeatureState.DRAINING, True, True, True)
    assert await in_the_chat(database_url, sale, **NO_RIGHT) == (FeatureState.OFF, False, True, False)


async def test_withdrawal_is_hidden_while_the_feature_is_off_and_no_withdrawal_period_is_running(
    sale: Sale, connection: asyncpg.Connection, database_url: str
) -> None:
    await concluded(connection, OLD)
    assert await in_the_chat(database_url, sale) == (FeatureState.ON, False, True, True)
    assert await in_the_chat(database_url, sale, **SWITCHED_OFF) == (FeatureState.OFF, False, True, False)


async def test_feature_is_draining_while_a_contract_is_in_its_withdrawal_period(
    sale: Sale, connection: asyncpg.Connection, database_url: str, fork_client: ForkClient
) -> None:
    await concluded(connection, FRESH)
    ran = await Terminal({"DATABASE_URL": database_url, **SWITCHED_OFF}, fork_client).run("features", "list", "--json")
    (listed,) = [each for each in json.loads(ran.out) if each["name"] == FEATURE.name]
    assert (listed["state"], listed["left"]) == ("draining", {"contracts in their withdrawal period": 1})
    await connection.execute(
        "INSERT INTO withdrawals (id, order_id, customer_id, plan_name, name, contract_at, declared_at, automatic,"
        " refund_due) SELECT gen_random_uuid(), id, customer_id, 'Retabet', '@ana', paid_at, now(), true, now()"
        " FROM orders"
    )
    ran = await Terminal({"DATABASE_URL": database_url, **SWITCHED_OFF}, fork_client).run("features", "list", "--json")
    (listed,) = [each for each in json.loads(ran.out) if each["name"] == FEATURE.name]
    assert (listed["state"], listed["left"]) == ("off", {})
