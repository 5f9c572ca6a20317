"""Screens of a plain shop with one group, for its owner and a customer: few entries, buttons and settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import pytest

from subscriptions.bootstrap.texts import DEFAULT_VERTICAL, TEXTS
from subscriptions.domain.entities.customer import StaffRole
from tests.integration.bot.conftest import Phone, Stage, buttons, until
from tests.integration.bot.owning import paid_for
from tests.integration.bot.staff import owner
from tests.integration.bot.test_bundles import a_chat
from tests.integration.bot.vip import last
from tests.support.console_visitor import hire, visiting
from tests.support.operator_cli import Terminal
from tests.support.website import running_website
from umbral_sandbox.world.telegram.records import bot_api_id

CHOICES: Final = {"FEATURES": "", "VERTICAL": "plain", "INVOICES": ""}
SIDE_BAR, PANEL, STATUS, SETTINGS = 10, 10, 5, 40
"""Maximum numbers of entries in the side bar, of buttons in the panel and on the status card, and of settings."""


@pytest.fixture
def choices() -> Iterator[Mapping[str, str]]:
    yield CHOICES
    TEXTS.choose(DEFAULT_VERTICAL)


async def sells_a_group(stage: Stage, terminal: Terminal) -> None:
    """Make every plan open one group."""
    group = a_chat(stage, "Tertulia", "group")
    ran = await terminal.run("resources", "add", str(bot_api_id(group.id)))
    assert ran.status == 0, ran.err
    async with stage.core.units()() as uow:
        for plan in await uow.plans.all():
            plan.opens = ("tertulia",)
            await uow.plans.save(plan)
        await uow.commit()


async def invited(phone: Phone) -> bool:
    return any("Unirte a Tertulia" in text for message in await phone.messages() for text in buttons(message))


async def test_chat_of_a_plain_shop_has_few_buttons(stage: Stage, terminal: Terminal) -> None:
    await sells_a_group(stage, terminal)
    async with stage.running():
        panel = await (await owner(stage)).open()
        ana = await stage.person()
        await paid_for(stage, ana, "retabet")
        await ana.said("Pago recibido")
        await until(lambda: invited(ana), "the way into the group")
        seq = await last(ana)
        await ana.send("/estado")
        card = await ana.said("Retabet", after=seq)

    assert 1 < len(buttons(panel)) <= PANEL, list(buttons(panel))
    assert 1 < len(buttons(card)) <= STATUS, list(buttons(card))


async def test_console_of_a_plain_shop_has_few_entries_and_settings(
    stage: Stage, terminal: Terminal, database_url: str
) -> None:
    await sells_a_group(stage, terminal)
    async with running_website(database_url, **CHOICES) as website, visiting(website) as visitor:
        await hire(website, StaffRole.OWNER)
        await visitor.enter()
        home, page = await visitor.page(""), await visitor.page("/settings") + await visitor.page("/settings/law")

    (menu,) = re.findall(r'<nav id="menu".*?</nav>', home, re.DOTALL)
    assert 1 < menu.count("<li>") <= SIDE_BAR
    settings = set(re.findall(r"/do/change_setting/(\w+)", page))
    assert len(settings) <= SETTINGS, sorted(settings)
    assert {"GRACE_DAYS", "WITHDRAWAL", "SUPPORT_CONTACT"} <= settings
    assert settings.isdisjoint({"REFERRAL_DAYS", "INVOICES", "WIN_BACK_PROMOTION", "CHANNEL_STOCK"})
