"""The console in a real browser: from the link to a refund and its line in the audit, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, ViewportSize, async_playwright, expect

from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.selling import Sale, entry, selling
from tests.integration.web.conftest import Tables
from tests.integration.web.test_console_figures import account, lately
from tests.support.console_visitor import hire, visiting
from tests.support.pages_seen import DESK, PHONE, TABLET, complaints_everywhere
from tests.support.website import Website
from web.console.index import PAGES

SIZES: dict[str, ViewportSize] = {"phone": PHONE, "desk": DESK}
NASTY = "Ana <b>&_*"
MORE = ["/search?q=ana", "/customers?q=nobody", "/nothing/at/all"]
pytestmark = pytest.mark.browser


@pytest.fixture
async def sale(site: Website, tables: Tables) -> Sale:
    """Somebody with a hard name bought a plan, by a way that gives money back."""
    async with site.container.core.units()() as uow:
        sold = await selling(uow)
        sold.customer.first_name = NASTY
        await uow.customers.save(sold.customer)
        await uow.ledger.add_if_new(entry(sold.subscription.id))
        await uow.commit()
    await tables.rows("UPDATE payments SET provider = 'stripe'")
    return sold


@pytest.fixture
async def browser(browser_path: str) -> AsyncIterator[Browser]:
    """A Chromium of the test's own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def test_from_the_link_to_a_refund_and_its_line_in_the_audit(
    site: Website, sale: Sale, browser: Browser, tables: Tables
) -> None:
    await hire(site, StaffRole.OWNER)
    for size in SIZES.values():
        async with visiting(site) as chat:
            link = await chat.link()
        page = await browser.new_page(viewport=size, locale="es-ES", java_script_enabled=False)
        await page.goto(site.ops + link)
        await page.get_by_role("button", name="Entrar").click()
        await expect(page.get_by_role("heading", name="Hoy", exact=True)).to_be_visible()
        await page.get_by_label("Buscar en todo").fill(f"#{sale.payment.reference}")
        await page.get_by_role("button", name="Buscar").click()
        await page.get_by_role("link", name=NASTY).click()
        await expect(page.get_by_role("heading", name=NASTY)).to_be_visible()
        await page.get_by_role("link", name="Reembolsar").click()
        await page.get_by_label("Importe").fill("1.50")
        await page.get_by_label("Motivo").fill(f"cortesía {size['width']}")
        await page.get_by_role("button", name="Ver qué pasará").click()
        await page.get_by_role("button", name="Confirmar: Reembolsar").click()
        await expect(page.get_by_role("status")).to_contain_text("Devolución pedida")
        await page.goto(f"{site.ops}/admin/payments")
        await page.get_by_label("Moneda").fill("EUR")
        await page.get_by_role("button", name="Filtrar").click()
        await expect(page.get_by_role("link", name=NASTY)).to_be_visible()
        assert "currency=EUR" in page.url
        async with page.expect_download() as taken:
            await page.get_by_role("link", name="Descargar CSV").click()
        assert NASTY in (await (await taken.value).path()).read_text()
        await page.goto(f"{site.ops}/admin/audit?q=cortes%C3%ADa+{size['width']}")
        await expect(page.get_by_text(f"cortesía {size['width']}").first).to_be_visible()
        await page.close()
    asked = await tables.rows("SELECT 1 FROM audit_log WHERE action = 'payment.refund' AND facts->>'minor' = '150'")
    assert len(asked) == 2


async def test_pages_fit_can_be_read_and_break_no_rule_of_their_own(
    site: Website, sale: Sale, browser: Browser, tables: Tables
) -> None:
    await hire(site, StaffRole.OWNER)
    await account(site, sale)
    await lately(tables)
    alarm = Alarm.raised("long", "brought_back", {"since": "2026-03-12 03:00 UTC"}, site.container.core.clock().now())
    async with site.container.core.units()() as uow:
        await uow.alarms.add_if_new(alarm)
        await uow.commit()
    said: list[str] = []
    async with visiting(site) as chat:
        link = await chat.link()
    page = await browser.new_page(viewport=PHONE)
    page.on("console", lambda message: said.append(message.text))
    await page.goto(site.ops + link)
    assert await complaints_everywhere(page) == []
    await page.locator("main button").click()
    await page.goto(f"{site.ops}/admin")
    assert await complaints_everywhere(page) == []
    some = (f"/customers/{sale.customer.id}", f"/do/refund/{sale.payment.id}", f"/alarms/{alarm.id}")
    for path in (*some, *[each.path for each in PAGES if "{id}" not in each.path], *MORE):
        await page.goto(f"{site.ops}/admin{path}")
        for size in (PHONE, TABLET, DESK):
            await page.set_viewport_size(size)
            assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], (size, path)
        assert await complaints_everywhere(page, besides=("nav", ".top")) == [], path
    await page.goto(f"{site.ops}/admin")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    await page.close()
    assert [line for line in said if "404" not in line] == []


async def test_on_a_phone_one_sees_where_one_is_and_on_a_desk_money_beside_access(
    site: Website, sale: Sale, browser: Browser
) -> None:
    await hire(site, StaffRole.OWNER)
    async with visiting(site) as chat:
        link = await chat.link()
    page = await browser.new_page(viewport=PHONE)
    await page.goto(site.ops + link)
    await page.locator("main button").click()
    await page.goto(f"{site.ops}/admin/audit")
    here = await page.locator("nav [aria-current]").bounding_box()
    assert here is not None
    assert 0 <= here["x"] <= PHONE["width"] - here["width"]
    await page.set_viewport_size(DESK)
    await page.goto(f"{site.ops}/admin/customers/{sale.customer.id}")
    tops = [await page.locator(f".story ol .{area}").first.bounding_box() for area in ("money", "access")]
    assert tops[0] is not None
    assert tops[1] is not None
    assert tops[0]["y"] == tops[1]["y"]
    await page.close()
