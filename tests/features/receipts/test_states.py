"""Receipts in console, chat and command line, in each state of the feature (on, draining, off)."""

from __future__ import annotations

import json

import pytest

from bot.commands import command_list, menu
from bot.feature import ChatPart, hidden_commands
from bot.texts import texts_for
from features.receipts.commands import SendReceipt
from features.receipts.feature import FEATURE
from features.receipts.permissions import SEND_RECEIPT
from subscriptions.application.features import FeatureState, FeatureStates
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.features import installed
from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.selling import receipt_for, selling
from tests.fakes.units import Units
from tests.support.console_visitor import hire, visiting
from tests.support.features import all_but
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.website import running_website

OFF = all_but("receipts")


def states(state: FeatureState) -> RunningStates:
    found = installed()
    running = dict.fromkeys(found.features, FeatureState.ON) | {FEATURE.name: state}
    return RunningStates(found, FeatureStates(states=running))


async def test_receipts_are_hidden_in_the_console_while_the_feature_is_off(database_url: str) -> None:
    async with running_website(database_url, **OFF) as website:
        await hire(website, StaffRole.OWNER)
        async with website.container.core.units()() as uow:
            sale = await selling(uow)
            await uow.commit()
        async with visiting(website) as owner:
            await owner.enter()
            assert "/receipts" not in await owner.menu()
            assert "send_receipt" not in await owner.page(f"/customers/{sale.customer.id}")
            for path in ("/receipts", "/receipts.csv", f"/do/send_receipt/{sale.payment.id}"):
                await owner.page(path, 404)


async def test_draining_feature_shows_the_existing_receipts(units: Units, database_url: str) -> None:
    async with units() as uow:
        sale = await selling(uow)
        receipt = receipt_for(sale)
        assert await uow.receipts.issue(receipt)
        await uow.commit()
    async with running_website(database_url, **OFF) as website:
        await hire(website, StaffRole.OWNER)
        assert website.container.core.features().now.left["receipts"] == {"receipts of customers": 1}
        async with visiting(website) as owner:
            await owner.enter()
            assert receipt.label in await owner.page("/receipts")
            assert receipt.label in await owner.page("/receipts.csv")
            assert "send_receipt" in await owner.page(f"/customers/{sale.customer.id}")


@pytest.mark.parametrize("state", FeatureState)
def test_chat_has_the_command_only_while_the_feature_is_loaded(state: FeatureState) -> None:
    running, t = states(state), texts_for("es")
    is_loaded = state is not FeatureState.OFF
    hidden = hidden_commands(running)

    assert ("recibos" in [each.command for each in menu(t, hidden=hidden)]) is is_loaded
    assert ("/recibos" in command_list(t, hidden)) is is_loaded
    routers = [part for part in running.parts(ChatPart) if "recibos" in part.commands]
    assert bool(routers) is is_loaded
    assert running.allows(SEND_RECEIPT) is is_loaded
    assert (running.state_of(SendReceipt) is not FeatureState.OFF) is is_loaded


async def test_command_is_refused_while_off_and_works_while_receipts_exist(
    units: Units, database_url: str, fork_client: ForkClient
) -> None:
    terminal = Terminal({"DATABASE_URL": database_url, **OFF}, fork_client)
    export = ("receipts", "export", "--from", "2026-01-01", "--to", "2026-12-31")

    refused = await terminal.run(*export)
    assert (refused.status, refused.err) == (
        1,
        "umbral receipts: receipts is off; run `umbral features on receipts`\n",
    )

    async with units() as uow:
        receipt = receipt_for(await selling(uow))
        assert await uow.receipts.issue(receipt)
        await uow.commit()
    listed = await terminal.run("features", "list", "--json")
    [found] = [each for each in json.loads(listed.out) if each["name"] == FEATURE.name]
    assert found == {"name": "receipts", "state": "draining", "left": {"receipts of customers": 1}}
    assert receipt.label in (await terminal.run(*export)).out
