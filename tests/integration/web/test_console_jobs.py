"""Everyday jobs of an operator in the console, on a desk and on a phone, in at most four presses each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.support.chromium import open_page, running_chromium
from tests.support.console_visitor import hire, visiting
from tests.support.hands import Pointer
from tests.support.pages_seen import DESK, PHONE, complaints
from tests.support.website import Website

pytestmark = [pytest.mark.browser]

MOST: Final = 4
"""Maximum presses of a job. Typing into a field does not count, sending it by Enter does."""
SIZES: Final = {"desk": DESK, "phone": PHONE}


class CountingHands(Pointer):
    """Operation by pointer that counts the presses."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.presses = 0

    async def press(self, name: str, *, beside: str = "") -> None:
        """See Hands."""
        self.presses += 1
        await super().press(name, beside=beside)

    async def find(self, words: str) -> None:
        """Search everywhere, and send the search by Enter."""
        self.presses += 1
        field = self.page.get_by_label("Buscar en todo")
        await field.fill(words)
        await field.press("Enter")

    async def check(self) -> None:
        """Assert that the page is accessible and fits the screen, and that the job took few presses."""
        assert await complaints(self.page) == [], self.page.url
        assert await self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, self.page.url
        assert self.presses <= MOST


@pytest.fixture
async def browser(browser_path: str) -> AsyncIterator[Browser]:
    """A Chromium of the test."""
    async with running_chromium(browser_path) as browser:
        yield browser


@pytest.fixture(params=SIZES)
async def hands(request: pytest.FixtureRequest, site: Website, sale: Sale, browser: Browser) -> CountingHands:
    """An owner's hands on the page Today."""
    await hire(site, StaffRole.OWNER)
    async with site.container.core.units()() as uow:
        sale.customer.first_name, sale.customer.last_name = "María José", "Méndez"
        await uow.customers.save(sale.customer)
        await uow.commit()
    size: ViewportSize = SIZES[request.param]
    page = await open_page(browser, viewport=size, locale="es-ES", reduced_motion="reduce")
    async with visiting(site) as chat:
        await page.goto(site.ops + await chat.link())
    await page.get_by_role("button", name="Entrar").click()
    await expect(page.get_by_role("heading", name="Hoy", exact=True, level=1)).to_be_visible()
    return CountingHands(page)


async def test_customer_is_found_by_half_a_name(hands: CountingHands) -> None:
    await hands.find("mend")
    await expect(hands.page.get_by_role("heading", level=1)).to_contain_text("María José Méndez")
    await hands.check()


async def test_first_line_tells_why_a_customer_is_out(hands: CountingHands, tables: Tables) -> None:
    await tables.rows(
        "UPDATE subscriptions SET status = 'expired', ended_at = now(), end_reason = 'period_over',"
        " cancel_reason = 'price'"
    )
    await hands.find("maria jose")
    line = hands.page.locator(".standing")
    await expect(line).to_contain_text("Está fuera desde el")
    await expect(line).to_contain_text("no lo renovó. Motivo que dio: el precio.")
    await hands.check()


async def test_seven_days_are_added(hands: CountingHands, tables: Tables) -> None:
    await hands.find("mendez")
    await hands.press("± días")
    await hands.write("Días", "7")
    await hands.write("Motivo", "cortesía")
    await hands.press("Vista previa")
    await hands.press("Confirmar: ± días")
    await expect(hands.page.get_by_role("status")).to_be_visible()
    (line,) = await tables.rows("SELECT access_until - now() AS left FROM subscriptions")
    assert timedelta(days=6) < line["left"] < timedelta(days=8)
    await hands.check()


async def test_half_is_refunded_after_reading_what_will_happen(hands: CountingHands, tables: Tables) -> None:
    await tables.rows("UPDATE payments SET provider = 'stripe'")
    await hands.find("mendez")
    await hands.press("Reembolsar")
    happens = hands.page.get_by_role("region", name="Qué pasará")
    await expect(happens).to_contain_text("quedan 29,99\xa0€ por devolver")
    await hands.write("Importe", "15,00")
    await hands.write("Motivo", "cortesía")
    await hands.press("Vista previa")
    await hands.press("Confirmar: Reembolsar")
    await expect(hands.page.get_by_role("status")).to_contain_text("Devolución de 15,00")
    (line,) = await tables.rows("SELECT facts->>'minor' AS minor FROM audit_log WHERE facts ? 'minor'")
    assert line["minor"] == "1500"
    await hands.check()


async def test_card_has_three_buttons_and_the_others_behind_more(hands: CountingHands) -> None:
    await hands.find("mendez")
    page = hands.page
    plan = page.locator("article").filter(has_text="Acceso hasta")
    visible = [each for each in await plan.get_by_role("link").all() if await each.is_visible()]
    assert len(visible) == 3
    await expect(plan.get_by_role("link", name="Retirar")).to_be_hidden()
    await plan.locator("summary").click()
    await expect(plan.get_by_role("link", name="Retirar")).to_be_visible()
    await expect(plan.get_by_text("Con cuidado")).to_be_visible()
    await hands.check()


async def test_slash_opens_the_search_and_the_tabs_stay_in_view(hands: CountingHands) -> None:
    page = hands.page
    await page.keyboard.press("/")
    await page.keyboard.type("mend/")
    await expect(page.get_by_label("Buscar en todo")).to_have_value("mend/")
    await hands.find("mendez")
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    tabs = page.locator(".tabs")
    await expect(tabs).to_be_in_viewport()
    screen = page.viewport_size
    assert screen is not None
    assert await tabs.evaluate("(nav) => nav.offsetHeight") < screen["height"] / 4
