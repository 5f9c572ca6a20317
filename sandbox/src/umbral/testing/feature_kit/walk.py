"""Checks that every page of the console, every list of the API and every part of the chat can be shown."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from typing import Final

import httpx

from bot.feature import data_buttons, receipt_rows, status_sections
from bot.screens.notices import render
from bot.texts import texts_for
from subscriptions.application.feature_failures import FAILURES
from subscriptions.application.lists.columns import Interface
from subscriptions.application.lists.read_lists import View
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.console import console_of
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.lists import LISTS
from subscriptions.bootstrap.web import WebContainer
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.ids import TelegramId
from umbral.testing.feature_kit.database import BUYER
from umbral.testing.feature_kit.declared import LANGUAGES
from web.app import create_app

_HIDDEN: Final = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_OK: Final = 200


async def faults_of_pages(core: CoreContainer, customer_id: str) -> AsyncIterator[str]:
    """Yield a fault for each list, page of the console's menu and customer card that cannot be shown."""
    owner = TelegramId(9001)
    async with core.units()() as uow:
        if await uow.customers.by_telegram_id(owner) is None:
            staff = Customer.arrive(owner, "Olga", "olga", "es", core.clock().now())
            staff.staff_role = StaffRole.OWNER
            await uow.customers.save(staff)
            await uow.commit()
    async with console_of(core) as console:
        for name, model in LISTS.items():
            interfaces = [Interface.STAFF, *([Interface.PROGRAMS] if model.programs is not None else [])]
            for interface in interfaces:
                view = View(
                    model=model, interface=interface, sort=model.sort, filters={}, zone=core.policy().zones.home
                )
                try:
                    page = await console.read_lists().page(view, 20)
                    if interface is Interface.PROGRAMS:
                        [model.to_record(row, interface) for row in page.rows]
                except Exception as error:
                    yield f"the list {name} for {interface}: {type(error).__name__}: {error}"
        app = create_app(WebContainer(core=core), console, keep_s=0)
        transport, base = httpx.ASGITransport(app, raise_app_exceptions=False), core.policy().base_url
        async with httpx.AsyncClient(transport=transport, base_url=base, follow_redirects=True) as visitor:
            link = f"/admin/enter?key={await console.enter_console().offer(owner)}"
            fields = dict(_HIDDEN.findall((await visitor.get(link)).text))
            await visitor.post("/admin/enter", data=fields, headers={"origin": base})
            paths = ["", *await _menu(visitor), f"/customers/{customer_id}"]
            for path in dict.fromkeys(paths):
                answer = await visitor.get(f"/admin{path}")
                if answer.status_code != _OK:
                    yield f"the page /admin{path} answers {answer.status_code}"


async def faults_of_chat(core: CoreContainer, feature: str) -> AsyncIterator[str]:
    """Yield a fault for each part that a feature adds to a customer's chat and that cannot be shown. core: core of a
    bot process.
    """
    container = BotContainer(core=core, render=render)
    async with core.units()() as uow:
        customer = await uow.customers.by_telegram_id(BUYER)
    if customer is None:
        raise LookupError("the sale has no customer")
    for language in LANGUAGES:
        t = texts_for(language)
        for read_sections in status_sections(container):
            await read_sections(customer, t)
        for read_buttons in data_buttons(container):
            await read_buttons(customer, t)
        for read_rows in receipt_rows(container):
            await read_rows(customer, t, None)
        for (name, where), reason in FAILURES.take().items():
            if name == feature:
                yield f"{where} in {language}: {reason}"


async def _menu(visitor: httpx.AsyncClient) -> list[str]:
    paths: list[str] = []
    for section in _links((await visitor.get("/admin")).text, 'id="menu"'):
        paths += _links((await visitor.get(f"/admin{section}")).text, 'class="tabs"') or [section]
    return paths


def _links(page: str, nav: str) -> list[str]:
    found = re.search(rf"<nav {nav}.*?</nav>", html.unescape(page), re.DOTALL)
    paths = re.findall(r'href="/admin([^"]*)"', found[0]) if found is not None else []
    return [each for each in paths if each != "/factor"]
