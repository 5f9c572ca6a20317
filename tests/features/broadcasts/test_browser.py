"""A broadcast in a real browser: written, previewed, sent and stopped."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from features.broadcasts.domain import Broadcast, BroadcastStatus, DeliveryState
from features.broadcasts.ports import BROADCASTS_KEY
from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.selling import Sale
from tests.integration.web.test_console_browser import SIZES, THEMES, browser, go_to, inside
from tests.support.chromium import open_page
from tests.support.console_visitor import hire
from tests.support.website import Website

__all__ = ["browser"]
pytestmark = pytest.mark.browser


async def begun(site: Website) -> Broadcast:
    """Start the waiting broadcast as the bot does: every recipient is stored, and the first one has the message."""
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


async def test_broadcast_is_written_previewed_sent_and_stopped(site: Website, sale: Sale, browser: Browser) -> None:
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
            await page.get_by_role("button", name="Vista previa").click()
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
