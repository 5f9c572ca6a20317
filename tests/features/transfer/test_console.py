"""Account transfers in the console, in each state of the feature (on, draining, off)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.samples import NOON
from tests.fakes.selling import Sale, selling
from tests.features.transfer.test_states import OPEN
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.features import all_but
from tests.support.website import Website, running_website

OFF = all_but("transfer")
COMMANDS = ("move_account", "agree_move", "stop_move")


@asynccontextmanager
async def console(database_url: str, **settings: str) -> AsyncIterator[tuple[Visitor, Website]]:
    """Open the console as an owner of an installation with these settings."""
    async with running_website(database_url, **settings) as website:
        await hire(website, StaffRole.OWNER)
        async with visiting(website) as visitor:
            await visitor.enter()
            yield visitor, website


async def sold(website: Website) -> Sale:
    """Sell a plan and return the sale."""
    async with website.container.core.units()() as uow:
        made = await selling(uow)
        await uow.commit()
    return made


async def test_customer_card_offers_no_transfer_commands_while_the_feature_is_off(database_url: str) -> None:
    async with console(database_url, **OFF) as (owner, website):
        made = await sold(website)
        card = await owner.page(f"/customers/{made.customer.id}")
        assert not [name for name in COMMANDS if f"/do/{name}" in card]
        for name in COMMANDS:
            await owner.page(f"/do/{name}/{made.customer.id}", 404)


async def test_customer_card_offers_a_new_transfer_while_the_feature_is_on(database_url: str) -> None:
    async with console(database_url) as (owner, website):
        made = await sold(website)
        card = await owner.page(f"/customers/{made.customer.id}")
        assert [name for name in COMMANDS if f"/do/{name}" in card] == ["move_account"]


async def test_draining_feature_shows_an_open_transfer_and_starts_no_new_transfer(database_url: str) -> None:
    async with console(database_url) as (_, website):
        made = await sold(website)
    connection = await asyncpg.connect(database_url)
    await connection.execute(OPEN, made.customer.id, made.customer.telegram_id, NOON)
    await connection.execute(
        "INSERT INTO audit_log (actor, action, subject, why, at, facts)"
        " VALUES ('901', 'takeover.refuse', $1, 'soon', $2, '{}')",
        str(made.customer.id),
        NOON,
    )
    await connection.close()
    async with console(database_url, **OFF) as (owner, website):
        assert website.container.core.features().now.left["transfer"] == {"open transfers": 1}
        card = await owner.page(f"/customers/{made.customer.id}")
        assert "sus compras pasarán a la cuenta 7000000777" in card
        assert [name for name in COMMANDS if f"/do/{name}" in card] == ["agree_move", "stop_move"]
        await owner.page(f"/do/move_account/{made.customer.id}", 404)
        assert "intento de otra cuenta, rechazado" in await owner.page("/audit")
        await owner.do("stop_move", made.customer.id, reason="no es suya")
    async with console(database_url, **OFF) as (owner, website):
        assert "transfer" not in website.container.core.features().now.left
        assert "intento de otra cuenta, rechazado" in await owner.page("/audit")
        card = await owner.page(f"/customers/{made.customer.id}")
        assert not [name for name in COMMANDS if f"/do/{name}" in card]
