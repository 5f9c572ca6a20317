"""Take the documents' pictures of the demo and the replay: `make pictures [ARGS="--replay site/replay.html"]`.

In a new demo, a customer buys by card and enters the channel, as README describes. The replay is a page of a virtual
year, written by `make replay` and shown in July. The web console shows an invented shop. Pictures of the chat and the
panel are taken by `make contact-sheet`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts import console_pictures
from tests.support.browser import find_browser
from tests.support.demo import running_demo

IMAGES: Final = Path(__file__).parents[1] / "docs" / "img"
SIZE: Final = {"width": 1280, "height": 800}
PATIENCE_MS: Final = 60_000
JULY_H: Final = 24 * 200
"""Hour in the middle of the virtual year at which the replay is shown."""


def opened(browser: Browser, address: str) -> Page:
    """Open a page in the size of the documents' pictures and in Spanish."""
    page = browser.new_context(viewport=SIZE, locale="es-ES").new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page.goto(address)
    return page


def bought(page: Page) -> None:
    """Buy a plan, from the start to the channel with a post, and return to the chat with the bot."""
    phone = page.locator("#phone")
    phone.get_by_role("button", name="Retador").first.click()
    for name in ("Iniciar", "Ver Planes", "Retabet", "Suscribirse", "Ir a pago seguro"):
        phone.get_by_role("button", name=name).last.click()
    page.frame_locator("iframe[title='Pago']").locator("#pay").click()
    phone.get_by_role("button", name="Volver al chat").click()
    phone.get_by_role("button", name="Unirte al canal Retabet").click()
    invitation = phone.get_by_role("dialog", name="Invitación")
    invitation.get_by_role("button", name="Solicitar unirse").click()
    expect(invitation.get_by_role("button", name="Abrir canal")).to_be_visible()
    invitation.get_by_role("button", name="Cerrar").click()
    expect(phone.get_by_text("Tu canal exclusivo está listo").last).to_be_visible()


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replay", type=Path, default=None, help="a year's page; without it only the demo")
    options = parser.parse_args()
    # The browser must end before the demo, because the demo checks its output at its end.
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = opened(browser, demo.facts["sandbox"])
        bought(page)
        page.screenshot(path=IMAGES / "demo.png")
        if options.replay is not None:
            page = opened(browser, options.replay.resolve().as_uri())
            page.locator("#hour").fill(str(JULY_H))
            page.screenshot(path=IMAGES / "replay.png")
        browser.close()
    console_pictures.take(IMAGES)


if __name__ == "__main__":
    main()
