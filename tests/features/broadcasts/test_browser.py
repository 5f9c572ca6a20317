"""A broadcast in a real browser: written, previewed, sent and stopped."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from features.broadcasts.domain import Broadcast, BroadcastStatus, DeliveryState
from features.broadcasts.ports import BROADCASTS_KEY
from subscriptions.application.posts.keep_upload import FILE_LIMIT
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.post import PostSource
from subscriptions.domain.ids import ChatId
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.integration.web.test_console_browser import SIZES, THEMES, browser, go_to, inside
from tests.integration.web.test_console_jobs import CountingHands, hands
from tests.support.chromium import open_page
from tests.support.console_visitor import hire
from tests.support.pages_seen import complaints
from tests.support.website import Website
from tests.unit.domain.test_picture_rules import picture

__all__ = ["browser", "hands"]
pytestmark = pytest.mark.browser


async def begun(site: Website) -> Broadcast:
    """Start the scheduled broadcast as the bot does: every recipient is stored, and the first recipient has received
    the message.
    """
    now = site.container.core.clock().now()
    async with site.container.core.units()() as uow:
        item: Broadcast = (await uow.of(BROADCASTS_KEY).newest(1))[0]
        assert item.audience is not None
        item.begin(now)
        await uow.of(BROADCASTS_KEY).address(item, item.audience, item.created_at)
        await uow.of(BROADCASTS_KEY).save(item)
        [first] = await uow.of(BROADCASTS_KEY).claim(item.id, 1, now)
        first.delivery.status, first.delivery.message_id = DeliveryState.SENT, 7
        await uow.of(BROADCASTS_KEY).settle([first.delivery])
        await uow.commit()
    return item


async def has_file(site: Website) -> None:
    """Record that the bot has sent the draft's file to Telegram."""
    async with site.container.core.units()() as uow:
        item: Broadcast = (await uow.of(BROADCASTS_KEY).newest(1))[0]
        item.attach(PostSource(ChatId(9001), (7,)))
        await uow.of(BROADCASTS_KEY).save(item)
        await uow.uploads.remove(item.id)
        await uow.commit()


async def test_broadcast_is_written_previewed_sent_and_stopped_in_a_browser(
    site: Website, sale: Sale, browser: Browser
) -> None:
    await hire(site, StaffRole.OWNER)
    for size in SIZES.values():
        page = await open_page(browser, viewport=size, locale="es-ES", java_script_enabled=False)
        await inside(site, page)
        for theme in THEMES:
            await page.emulate_media(color_scheme=theme)
            said = f"Hoy dos picks 1 < 2 &_* {size['width']} {theme}"
            await go_to(page, "Mensajes", "Publicaciones")
            await page.get_by_role("link", name="Nueva publicación").click()
            await page.get_by_label("Texto").fill(said)
            await page.get_by_label("Destinatarios").select_option("Todos")
            await page.get_by_role("button", name="Guardar").click()
            await expect(page.get_by_role("status")).to_contain_text("Borrador guardado")
            await expect(page.get_by_text("2 personas")).to_be_visible()
            await page.get_by_role("button", name="Enviármelo").click()
            await expect(page.get_by_role("status")).to_contain_text("exactamente como lo verán")
            await page.get_by_role("link", name="Enviar", exact=True).click()
            await expect(page.get_by_text("Para todos: puede llegar a 2 de 2.")).to_be_visible()
            await expect(page.get_by_role("blockquote")).to_have_text(said)
            await page.get_by_role("button", name="Confirmar").click()
            await expect(page.get_by_role("status")).to_contain_text("Enviando")
            item = await begun(site)
            await go_to(page, "Mensajes", "Publicaciones")
            await page.get_by_role("link", name=said[:40]).click()
            await expect(page.get_by_text("Enviado: 1 de 2")).to_be_visible()
            await page.get_by_role("button", name="Parar").click()
            await expect(page.get_by_role("status")).to_contain_text("Parado")
            async with site.container.core.units()() as uow:
                stopped = await uow.of(BROADCASTS_KEY).get(item.id)
            assert stopped is not None
            assert stopped.status is BroadcastStatus.STOPPED
            await expect(page.get_by_role("button", name="Reanudar")).to_be_visible()
        await page.close()


async def test_text_is_formatted_by_buttons_shown_as_in_telegram_and_sent_with_a_file(
    site: Website, sale: Sale, browser: Browser
) -> None:
    await hire(site, StaffRole.OWNER)
    for size in SIZES.values():
        page = await open_page(browser, viewport=size, locale="es-ES", reduced_motion="reduce")
        await inside(site, page)
        await go_to(page, "Mensajes", "Publicaciones")
        await page.get_by_role("link", name="Nueva publicación").click()
        text, bar = page.get_by_label("Texto"), page.get_by_role("toolbar", name="Formato")
        shown = page.get_by_role("region", name="Así se verá en Telegram")
        await text.fill("Hoy dos")
        await text.evaluate("(field) => field.setSelectionRange(4, 7)")
        await bar.get_by_role("button", name="Negrita").click()
        await expect(text).to_have_value("Hoy <b>dos</b>")
        await expect(shown.locator(".as-b")).to_have_text("dos")
        # By keyboard alone: one stop of the tab key, and the arrows move among the buttons.
        await text.evaluate("(field) => field.setSelectionRange(0, 3)")
        await bar.get_by_role("button", name="Negrita").focus()
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Enter")
        await expect(text).to_have_value("<i>Hoy</i> <b>dos</b>")
        await text.press("End")
        for name in ("Subrayado", "Tachado", "Oculto", "Cita", "Código"):
            await bar.get_by_role("button", name=name).click()
            await page.keyboard.type("x")
            await text.press("End")
        page.once("dialog", lambda dialog: dialog.accept('https://example.com/?a=1&b="'))
        await bar.get_by_role("button", name="Enlace").click()
        await page.keyboard.type("aquí")
        for tag in ("u", "s", "tg-spoiler", "blockquote", "code"):
            await expect(shown.locator(f".as-{tag}")).to_have_text("x")
        await expect(shown.locator(".as-a")).to_have_text("aquí")
        # The content of a forbidden tag is neither run nor shown.
        assert await shown.locator("img, script, a").count() == 0
        assert await complaints(page) == []
        file = page.get_by_label("Foto, vídeo o archivo")
        await file.set_input_files({"name": "a.mp4", "mimeType": "video/mp4", "buffer": b"x" * (FILE_LIMIT + 1)})
        assert await file.evaluate("(input) => input.validationMessage") == "Pasa de 15 MB."
        await file.set_input_files({"name": "plan.jpg", "mimeType": "image/jpeg", "buffer": picture()})
        await page.get_by_label("Destinatarios").select_option("Todos")
        await page.get_by_role("button", name="Guardar").click()
        await expect(page.get_by_text("«plan.jpg» se está enviando a Telegram")).to_be_visible()
        await expect(page.get_by_role("blockquote").locator(".as-b")).to_have_text("dos")
        assert await complaints(page) == []
        await has_file(site)
        # The page refreshes automatically.
        await expect(page.get_by_role("link", name="Enviar", exact=True)).to_be_visible()
        await page.close()


async def test_picture_and_button_are_sent_to_customers_whose_access_ends_this_week(
    site: Website, hands: CountingHands, tables: Tables
) -> None:
    await tables.rows("UPDATE subscriptions SET provider_ref = NULL, access_until = (SELECT now() + interval '3 days')")
    await hands.press("Enviar un mensaje")
    page = hands.page
    await page.get_by_label("Texto").fill("Te quedan tres días")
    await page.get_by_label("Foto, vídeo o archivo").set_input_files(
        {"name": "plan.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    await hands.write("Botones", "Renovar - https://example.com")
    await hands.choose("Destinatarios", "Tienen un plan ahora")
    await hands.write("Acceso que termina en", "7")
    await hands.press("Guardar")
    await expect(page.get_by_text("«plan.jpg» se está enviando a Telegram")).to_be_visible()
    await has_file(site)
    await expect(page.get_by_role("link", name="Enviar", exact=True)).to_be_visible()
    await hands.press("Enviar")
    await expect(page.locator(".sure")).to_contain_text("puede llegar a 1 de 1")
    await hands.press("Confirmar: Enviar")
    await expect(page.get_by_role("status")).to_contain_text("Enviando")
    await hands.check()
