"""Console in a real browser: from the sign-in link to a refund and its audit entry, on a phone and on a desktop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import new_uuid
from tests.fakes.selling import Sale, entry, selling
from tests.integration.web.conftest import Tables
from tests.integration.web.stored import account, lately
from tests.support.chromium import open_page, running_chromium
from tests.support.console_visitor import hire, visiting
from tests.support.drawn import SHARES, Share, share_of
from tests.support.hands import Pointer, tab_to
from tests.support.of_features import of_features
from tests.support.pages_seen import DESK, PHONE, TABLET, complaints_everywhere
from tests.support.website import Website
from web.console.index import pages

SIZES: dict[str, ViewportSize] = {"phone": PHONE, "desk": DESK}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NASTY = "Ana <b>&_*"
OUT_OF_SIGHT = """() => [...document.querySelectorAll(".sheet")]
  .filter((sheet) => !sheet.matches(".figures") && sheet.scrollWidth > sheet.clientWidth)
  .map((sheet) => sheet.scrollWidth - sheet.clientWidth)"""
MORE = ["/do/plan_new/new", "/search?q=ana", "/customers?q=nobody", "/nothing/at/all"]
pytestmark = pytest.mark.browser


@pytest.fixture
async def sale(site: Website, tables: Tables) -> Sale:
    """Store a sale to a customer with special characters in the name, through a provider that supports refunds."""
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
    """Run a Chromium for one test."""
    async with running_chromium(browser_path) as browser:
        yield browser


async def inside(site: Website, page: Page) -> None:
    """Sign in by a link as a person does."""
    async with visiting(site) as chat:
        link = await chat.link()
    await page.goto(site.ops + link)
    await page.get_by_role("button", name="Iniciar sesión").click()
    await expect(page.get_by_role("heading", name="Hoy", exact=True, level=1)).to_be_visible()


async def go_to(page: Page, section: str, name: str) -> None:
    """Open a page by the menu, as a person with a pointer does."""
    await Pointer(page).go_to(section, name, "Menú")


async def test_sign_in_link_leads_to_a_refund_and_its_audit_entry(
    site: Website, sale: Sale, browser: Browser, tables: Tables
) -> None:
    await hire(site, StaffRole.OWNER)
    for size in SIZES.values():
        page = await open_page(browser, viewport=size, locale="es-ES", java_script_enabled=False)
        await inside(site, page)
        for theme in THEMES:
            await page.emulate_media(color_scheme=theme)
            why = f"cortesía {size['width']} {theme}"
            await page.get_by_label("Buscar en todo").fill(f"#{sale.payment.reference}")
            await page.get_by_role("button", name="Buscar").click()
            await expect(page.get_by_role("heading", name=NASTY)).to_be_visible()
            await page.get_by_role("link", name="Reembolsar").click()
            await page.get_by_label("Importe").fill("1.50")
            await page.get_by_label("Motivo").fill(why)
            await page.get_by_role("button", name="Vista previa").click()
            await page.get_by_role("button", name="Confirmar: Reembolsar").click()
            await expect(page.get_by_role("status")).to_contain_text("devolución de 1,50")
            await go_to(page, "Ajustes", "Auditoría")
            await page.get_by_label("Contiene").fill(why)
            await page.get_by_role("button", name="Filtrar").click()
            await expect(page.get_by_text(why).first).to_be_visible()
            await go_to(page, "Dinero", "Pagos")
            if size is PHONE:
                await page.get_by_role("link", name="Más filtros").click()
            await page.get_by_label("Moneda").fill("EUR")
            await page.get_by_role("button", name="Filtrar").click()
            await expect(page.get_by_role("link", name=NASTY)).to_be_visible()
            assert "currency=EUR" in page.url
            async with page.expect_download() as taken:
                await page.get_by_role("link", name="Descargar CSV").click()
            assert NASTY in (await (await taken.value).path()).read_text()
        await page.close()
    asked = await tables.rows("SELECT 1 FROM audit_log WHERE action = 'payment.refund' AND facts->>'minor' = '150'")
    assert len(asked) == 4


async def test_refund_is_possible_with_the_keyboard_only(
    site: Website, sale: Sale, browser: Browser, tables: Tables
) -> None:
    await hire(site, StaffRole.OWNER)
    page = await open_page(browser, viewport=DESK, locale="es-ES")
    await inside(site, page)
    await page.reload()
    await tab_to(page, "Ir al contenido")
    await tab_to(page, "Dinero")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/admin/payments")
    await tab_to(page, "Plan")
    await page.keyboard.press("ArrowDown")
    await tab_to(page, "Moneda")
    await page.keyboard.type("EUR")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**currency=EUR**")
    assert "plan=&" not in page.url
    await tab_to(page, NASTY)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/customers/**")
    await tab_to(page, "Reembolsar")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/do/refund/**")
    await tab_to(page, "Importe (opcional)")
    await page.keyboard.press("Control+A")
    await page.keyboard.type("1.50")
    await tab_to(page, "Motivo")
    await page.keyboard.type("cortesía")
    await tab_to(page, "Vista previa")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Confirmar: Reembolsar")).to_be_visible()
    await tab_to(page, "Confirmar: Reembolsar")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("devolución de 1,50")
    await page.close()
    asked = await tables.rows("SELECT 1 FROM audit_log WHERE action = 'payment.refund' AND facts->>'minor' = '150'")
    assert len(asked) == 1


@pytest.mark.parametrize("share", SHARES)
async def test_pages_fit_the_screen_are_readable_and_comply_with_the_content_policy(
    site: Website, sale: Sale, browser: Browser, tables: Tables, share: Share
) -> None:
    await hire(site, StaffRole.OWNER)
    await account(site, sale)
    await lately(tables)
    alarm = Alarm.begin("long", "brought_back", {"since": "2026-03-12 03:00 UTC"}, site.container.core.clock().now())
    async with site.container.core.units()() as uow:
        await uow.alarms.add_if_new(alarm)
        of_features_seen = [path for seed in of_features("walks", "SEEN").values() for path in await seed(uow)]
        await uow.commit()
    said: list[str] = []
    async with visiting(site) as chat:
        link = await chat.link()
    page = await open_page(browser, viewport=PHONE)
    page.on("console", lambda message: said.append(message.text))
    await page.goto(site.ops + link)
    assert await complaints_everywhere(page) == []
    await page.locator("main button").click()
    await page.goto(f"{site.ops}/admin")
    assert await complaints_everywhere(page) == []
    some = [f"/customers/{sale.customer.id}", f"/do/refund/{sale.payment.id}", f"/alarms/{alarm.id}"]
    some += ["/do/make_key/new"]
    endpoint = f"https://n8n.example.com/webhook/{'x' * 60}"
    await tables.rows(
        "INSERT INTO receivers (id, name, url, kinds, secret, created_at, failures, failing_since) VALUES"
        f" ('{new_uuid()}', 'n8n', '{endpoint}', 'payment.received subscription.ended', 'x', now(), 3, now())"
    )
    await tables.rows(
        "INSERT INTO outgoing_events (id, receiver_id, kind, customer_id, facts, happened_at, state, attempts,"
        f" begun_at, next_at, answer) SELECT '{new_uuid()}', id, 'payment.received', '{sale.customer.id}', '{{}}',"
        " now(), 'waiting', 3, now(), now(), 'no answer within 10 seconds' FROM receivers"
    )
    some += ["/do/add_endpoint/new", "/do/change_setting/BRAND_ACCENT"]
    some += of_features_seen
    for path in share_of((*some, *[each.path for each in pages() if "{id}" not in each.path], *MORE), share):
        await page.goto(f"{site.ops}/admin{path}")
        for size in (PHONE, TABLET, DESK):
            await page.set_viewport_size(size)
            assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], (size, path)
            assert await page.evaluate(OUT_OF_SIGHT) == [], (size, path)
        assert await complaints_everywhere(page, besides=("nav", ".top")) == [], path
    await page.goto(f"{site.ops}/admin")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    await page.close()
    assert [line for line in said if "404" not in line] == []


async def test_phone_navigation_marks_the_current_page_and_desktop_shows_two_columns(
    site: Website, sale: Sale, browser: Browser
) -> None:
    await hire(site, StaffRole.OWNER)
    async with visiting(site) as chat:
        link = await chat.link()
    page = await open_page(browser, viewport=PHONE)
    await page.goto(site.ops + link)
    await page.locator("main button").click()
    await page.goto(f"{site.ops}/admin/audit")
    tab = await page.locator(".tabs [aria-current]").bounding_box()
    assert tab is not None
    assert 0 <= tab["x"] <= PHONE["width"] - tab["width"], "the tab of the page is in sight"
    assert not await page.locator("#menu").is_visible()
    await page.get_by_role("link", name="Menú", exact=True).click()
    here = await page.locator("#menu [aria-current]").bounding_box()
    assert here is not None
    assert 0 <= here["x"] <= PHONE["width"] - here["width"]
    await page.get_by_role("link", name="Cerrar el menú").click()
    assert not await page.locator("#menu").is_visible()
    await page.set_viewport_size(DESK)
    assert await page.locator("#menu").is_visible()
    await page.goto(f"{site.ops}/admin/customers/{sale.customer.id}")
    tops = [await page.locator(f".story ol .{area}").first.bounding_box() for area in ("money", "access")]
    assert tops[0] is not None
    assert tops[1] is not None
    assert tops[0]["y"] == tops[1]["y"]
    await page.close()


async def test_webhook_list_fits_a_desktop_without_cutting_its_buttons_or_words(
    site: Website, browser: Browser, tables: Tables
) -> None:
    await hire(site, StaffRole.OWNER)
    now = site.container.core.clock().now()
    entry = new_uuid()
    await tables.rows(
        "INSERT INTO webhook_inbox (id, provider, event_key, event, body, status, note, origin, received_at,"
        f" handled_at, attempts) VALUES ('{entry}', 'stripe', 'evt_1',"
        """ '{"data": {"raw_type": "customer.subscription.trial_will_end"}}', 'x', 'applied',"""
        " 'the order was paid already, by another payment of the same customer', 'told',"
        f" '{now.isoformat()}', '{now.isoformat()}', 1)"
    )
    page = await open_page(browser, viewport=DESK, locale="es-ES")
    await inside(site, page)
    await page.goto(f"{site.ops}/admin/webhooks")
    sheet, button = page.locator(".sheet"), page.locator("td.commands a")
    outer, inner = await sheet.bounding_box(), await button.bounding_box()
    note = await page.locator("td.event").bounding_box()
    assert outer is not None
    assert inner is not None
    assert note is not None
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
    assert note["width"] > 150
    await page.close()
