"""Charts in a real browser: values by keyboard and by touch, in both themes, and without scripts."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables, client, no_text_is_missing, sale, site, tables
from tests.integration.web.stored import lately
from tests.support.chromium import open_page, running_chromium
from tests.support.console_visitor import hire, visiting
from tests.support.pages_seen import PHONE, complaints_everywhere
from tests.support.website import Website

__all__ = ["client", "no_text_is_missing", "sale", "site", "tables"]
pytestmark = pytest.mark.browser


async def sign_in(page: Page, site: Website) -> None:
    async with visiting(site) as chat:
        await page.goto(site.ops + await chat.link())
    await page.get_by_role("button", name="Iniciar sesión").click()


async def test_chart_shows_values_by_keyboard_and_touch(
    site: Website, sale: Sale, tables: Tables, browser_path: str
) -> None:
    await hire(site, StaffRole.OWNER)
    await lately(tables)
    said: list[str] = []
    async with running_chromium(browser_path) as browser:
        page = await open_page(browser, viewport=PHONE, locale="es-ES", has_touch=True)
        page.on("console", lambda message: said.append(message.text))
        await sign_in(page, site)
        await page.goto(f"{site.ops}/admin/figures?months=3")
        chart = page.get_by_role("slider").first
        readout = page.locator(".readout").first
        await expect(chart).to_have_attribute("aria-valuenow", "2")
        await expect(readout).to_contain_text("29,99")
        await expect(readout).to_contain_text("periodo comparado 0,00")
        await chart.focus()
        await page.keyboard.press("Home")
        await expect(chart).to_have_attribute("aria-valuenow", "0")
        await expect(readout).to_contain_text("cobrado 0,00")
        box = await page.locator(".u-over").first.bounding_box()
        assert box is not None
        await page.touchscreen.tap(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2)
        await expect(chart).to_have_attribute("aria-valuenow", "2")
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert await complaints_everywhere(page, besides=("nav", ".top")) == []
        await page.close()

        plain = await open_page(browser, viewport=PHONE, locale="es-ES", java_script_enabled=False)
        await sign_in(plain, site)
        await plain.goto(f"{site.ops}/admin/figures?months=3")
        await expect(plain.locator("figure svg").first).to_be_visible()
        await plain.get_by_text("Datos del gráfico").first.click()
        await expect(plain.locator("figure table").first).to_contain_text("29,99")
    assert said == []
