"""Second accounts under /mis_datos, in each state of the feature (on, draining, off)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from subscriptions.domain.ids import TelegramId
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.units import Units
from tests.features.transfer.test_states import NAMED
from tests.integration.bot.conftest import Phone, Stage, buttons
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal

EXPORT, SECOND, ERASE = "📄 Recibir mis datos", "👥 Segunda cuenta", "🗑 Borrar mis datos"


@pytest.fixture
async def off(database_url: str, fork_client: ForkClient) -> None:
    """Store the settings of an installation that switched the feature off."""
    ran = await Terminal({"DATABASE_URL": database_url}, fork_client).run("features", "off", "transfer")
    assert ran.status == 0, ran.err


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Yield a connection to the test's database."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def draining(off: None, connection: asyncpg.Connection, units: Units) -> None:
    """Store an installation that switched the feature off and has a customer with a backup account."""
    async with units() as uow:
        sold = await selling(uow)
        await uow.commit()
    await connection.execute(NAMED, sold.customer.id, NOON)


async def card_buttons(phone: Phone) -> list[str]:
    """Return the labels of the buttons under /mis_datos."""
    await phone.send("/mis_datos")
    return list(buttons(await phone.said("Tus datos")))


async def test_second_account_is_added_by_a_link(stage: Stage) -> None:
    async with stage.running():
        ana, other = await stage.person("Ana"), await stage.person("Otra")
        assert await card_buttons(ana) == [EXPORT, SECOND, ERASE]
        await ana.press(await ana.said("Tus datos"), button=SECOND)
        await ana.press(await ana.said("podrás recuperar todo lo que tienes"), data="account_name")
        reported = await ana.said("Abre este enlace con tu segunda cuenta")
        link = re.search(r"start=(acc_[\w-]+)", reported["text"])
        assert link is not None
        await other.send(f"/start {link[1]}")
        await other.said("Esta es ahora la segunda cuenta de Ana")


async def test_button_is_hidden_and_links_are_ignored_while_the_feature_is_off(off: None, stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person("Ana")
        assert await card_buttons(ana) == [EXPORT, ERASE]
        await ana.send("/start acc_anything")
        await ana.said("código")


async def test_existing_second_account_stays_and_no_new_account_is_accepted_while_draining(
    draining: None, stage: Stage, connection: asyncpg.Connection
) -> None:
    async with stage.running():
        ana = await stage.person("Ana")
        assert await card_buttons(ana) == [EXPORT, ERASE]
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
        assert customer is not None
        await connection.execute(NAMED.replace("7000000777", "7000000778"), customer.id, NOON)

        await ana.send("/mis_datos")
        card = await ana.said("Tus datos", after=(await ana.messages())[-1]["seq"])
        assert list(buttons(card)) == [EXPORT, SECOND, ERASE]
        await ana.press(card, button=SECOND)
        own = await ana.said("Desde la cuenta 7000000778 puedes recuperar")
        assert "🔗 Añadir otra cuenta" not in buttons(own)
        await ana.press(own, data="account_name")
        await ana.press(own, data="account_forget")
        await ana.said("Ahora no se pueden añadir segundas cuentas")
