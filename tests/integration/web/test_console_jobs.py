"""Everyday jobs of an operator in the console, on a desktop and on a phone, which take at most four presses each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.resource import GROUP, EntryPolicy, Resource
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.invite_maker import ChannelLook
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.support.chromium import open_page, running_chromium
from tests.support.console_visitor import hire, visiting
from tests.support.features import runs
from tests.support.hands import Pointer
from tests.support.pages_seen import DESK, PHONE, complaints
from tests.support.website import Website

pytestmark = [pytest.mark.browser]

MOST: Final = 4
"""Maximum number of presses for a job. Typing into a field does not count; submitting it with Enter does."""
SIZES: Final = {"desk": DESK, "phone": PHONE}


class CountingHands(Pointer):
    """Operation of the console by pointer, with a count of the presses."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.presses = 0

    async def press(self, name: str, *, beside: str = "") -> None:
        """Press a button or link by its name, and count the press."""
        self.presses += 1
        await super().press(name, beside=beside)

    async def find(self, words: str) -> None:
        """Search everywhere, and submit the search with Enter."""
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
    """Run a Chromium for one test."""
    async with running_chromium(browser_path) as browser:
        yield browser


@pytest.fixture(params=SIZES)
async def hands(request: pytest.FixtureRequest, site: Website, sale: Sale, browser: Browser) -> CountingHands:
    """Sign an owner in, and return the counting pointer on the page Today."""
    await hire(site, StaffRole.OWNER)
    async with site.container.core.units()() as uow:
        sale.customer.first_name, sale.customer.last_name = "María José", "Méndez"
        await uow.customers.save(sale.customer)
        await uow.commit()
    size: ViewportSize = SIZES[request.param]
    page = await open_page(browser, viewport=size, locale="es-ES", reduced_motion="reduce")
    async with visiting(site) as chat:
        await page.goto(site.ops + await chat.link())
    await page.get_by_role("button", name="Iniciar sesión").click()
    await expect(page.get_by_role("heading", name="Hoy", exact=True, level=1)).to_be_visible()
    return CountingHands(page)


async def test_customer_is_found_by_part_of_a_name(hands: CountingHands) -> None:
    await hands.find("mend")
    await expect(hands.page.get_by_role("heading", level=1)).to_contain_text("María José Méndez")
    await hands.check()


async def test_first_line_of_the_customer_card_explains_why_the_customer_has_no_access(
    hands: CountingHands, tables: Tables
) -> None:
    await tables.rows(
        "UPDATE subscriptions SET status = 'expired', ended_at = now(), end_reason = 'period_over',"
        " cancel_reason = 'price'"
    )
    await hands.find("maria jose")
    line = hands.page.locator(".standing")
    await expect(line).to_contain_text("Sin acceso desde el")
    await expect(line).to_contain_text("no renovó. Motivo que dio: el precio.")
    await hands.check()


async def test_staff_add_seven_days_to_a_subscription_in_few_presses(hands: CountingHands, tables: Tables) -> None:
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


async def test_staff_refund_half_of_a_payment_after_a_preview_in_few_presses(
    hands: CountingHands, tables: Tables
) -> None:
    await tables.rows("UPDATE payments SET provider = 'stripe'")
    await hands.find("mendez")
    await hands.press("Reembolsar")
    happens = hands.page.get_by_role("region", name="Qué pasará")
    await expect(happens).to_contain_text("quedan 29,99\xa0€ por devolver")
    await hands.write("Importe", "15,00")
    await hands.write("Motivo", "cortesía")
    await hands.press("Vista previa")
    await hands.press("Confirmar: Reembolsar")
    await expect(hands.page.get_by_role("status")).to_contain_text("devolución de 15,00")
    (line,) = await tables.rows("SELECT facts->>'minor' AS minor FROM audit_log WHERE facts ? 'minor'")
    assert line["minor"] == "1500"
    await hands.check()


async def test_customer_card_has_three_buttons_and_a_menu_with_the_other_buttons(hands: CountingHands) -> None:
    await hands.find("mendez")
    page = hands.page
    plan = page.locator("article").filter(has_text="Acceso hasta")
    visible = [each for each in await plan.get_by_role("link").all() if await each.is_visible()]
    assert len(visible) == 3
    await expect(plan.get_by_role("link", name="Retirar")).to_be_hidden()
    await plan.locator("summary").click()
    await expect(plan.get_by_role("link", name="Retirar")).to_be_visible()
    await expect(plan.get_by_text("Con precaución")).to_be_visible()
    await hands.check()


async def test_slash_key_opens_the_search_and_the_tabs_remain_visible(hands: CountingHands) -> None:
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


async def test_search_for_a_pages_title_opens_the_page(hands: CountingHands) -> None:
    await hands.find("planes")
    await expect(hands.page.get_by_role("heading", name="Planes", exact=True, level=1)).to_be_visible()
    await hands.check()


async def test_price_change_in_few_presses_keeps_the_price_of_existing_subscriptions(
    hands: CountingHands, tables: Tables, sale: Sale
) -> None:
    await hands.find("planes")
    await hands.press("Precio", beside=sale.plan.name)
    await hands.write("Precio", "34,99")
    await hands.press("Vista previa")
    await hands.press("Confirmar: Precio")
    await expect(hands.page.get_by_role("status")).to_be_visible()
    (plan,) = await tables.rows(f"SELECT price_minor FROM service_plans WHERE id = '{sale.plan.id}'")
    (held,) = await tables.rows("SELECT price_minor FROM subscriptions")
    assert (plan["price_minor"], held["price_minor"] != 3499) == (3499, True)
    await hands.check()


async def test_owner_invites_a_staff_member_with_limited_rights_in_few_presses(
    hands: CountingHands, tables: Tables
) -> None:
    await hands.find("invitaciones")
    await hands.press("Invitar por enlace")
    await hands.choose("Rol", "soporte")
    await hands.press("Guardar")
    await expect(hands.page.locator("#made")).to_be_visible()
    assert [each["role"] for each in await tables.rows("SELECT role FROM staff_invitations")] == ["support"]
    await hands.check()


async def test_revenue_and_churn_of_the_month_are_shown(hands: CountingHands, tables: Tables) -> None:
    await tables.rows("UPDATE payments SET occurred_at = now()")
    await hands.page.reload()
    main = hands.page.locator("main")
    await expect(main).to_contain_text("cobrado este mes, menos lo devuelto")
    await expect(main).to_contain_text("bajas: 0")
    await hands.check()
    if runs("figures"):
        # The curves of the months before are one press away.
        await hands.find("cifras")
        await expect(hands.page.locator("nav [aria-current]").first).to_have_text("Cifras")
        await hands.check()


async def test_receipts_of_the_last_quarter_are_exported_as_a_file(hands: CountingHands) -> None:
    await hands.find("para la gestoría")
    async with hands.page.expect_download() as download:
        hands.presses += 1
        await hands.page.locator("main a.button[download]").click()
    assert (await download.value).suggested_filename.endswith(".csv")
    await hands.check()


async def test_chat_is_replaced_by_another_chat(hands: CountingHands, site: Website, tables: Tables) -> None:
    core = site.container.core
    new = ChatId(-1002200000009)
    async with core.units()() as uow:
        talk = Resource.add("tertulia", GROUP, "Tertulia", EntryPolicy.REQUEST, core.clock().now())
        assert await uow.resources.add_if_new(talk)
        channel = Channel.for_resource(talk, ChatId(-1002200000008), "Tertulia", core.clock().now())
        assert await uow.channels.add_if_new(channel)
        look = ChannelLook(title="Peña", is_channel=False, is_admin=True, chat_type="supergroup", chat=new)
        await uow.resources.see_chat(look, core.clock().now())
        await uow.commit()
    await hands.find("chats")
    await hands.press("Cambiar por otro", beside="Tertulia")
    await hands.write("Chat", str(new))
    await hands.write("El antiguo se vacía el", f"{core.clock().now() + timedelta(days=14):%d/%m/%Y}")
    await hands.press("Vista previa")
    await hands.press("Confirmar: Cambiar por otro")
    await expect(hands.page.get_by_role("status")).to_contain_text("El antiguo se vacía el")
    (row,) = await tables.rows(f"SELECT title FROM telegram_channels WHERE channel_id = {new}")
    assert row["title"] == "Peña"
    await hands.check()
