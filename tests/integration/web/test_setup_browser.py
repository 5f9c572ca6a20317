"""Setup page in a real browser: accessible in both themes, with a drawing for each answer, operated by keyboard
only.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.integration.web.test_setup_page import Browser, browser
from tests.support.chat_owner import Owner
from tests.support.chromium import open_page, running_chromium
from tests.support.pages_seen import DESK, PHONE, complaints_everywhere

pytestmark = [pytest.mark.browser, pytest.mark.exhaustive]
__all__ = ["browser"]
_PICTURES = os.environ.get("UMBRAL_PICTURES", "")


async def looked_at(page: Page, name: str, found: list[str]) -> None:
    """Add the page's accessibility violations, at three widths and in both themes, to `found`."""
    found += [f"{name}: {each}" for each in await complaints_everywhere(page)]
    if _PICTURES:
        for size in (PHONE, DESK):
            await page.set_viewport_size(size)
            for theme in ("light", "dark"):
                await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
                path = Path(_PICTURES) / f"setup-{name}-{size['width']}-{theme}.png"
                await page.screenshot(path=path, full_page=True)
    await page.set_viewport_size(PHONE)


async def tabbed_to(page: Page, name: str) -> None:
    """Press Tab until the element with this accessible name has the focus."""
    for _ in range(30):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(
            "() => { const at = document.activeElement;"
            " return at.labels?.[0]?.innerText || at.innerText || at.getAttribute('aria-label') || ''; }"
        )
        if re.search(name, focused):
            return
    pytest.fail(f"no way by keyboard to {name}")


async def sends(page: Page, name: str, text: str = "") -> None:
    """Reach a field or button by keyboard, type the text, and press Enter."""
    await tabbed_to(page, name)
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")


async def asked(page: Page, heading: str) -> None:
    """Wait for a question and for the drawing that shows where its answer is found."""
    await page.get_by_role("heading", name=heading).wait_for()
    assert await page.locator("svg.drawn").first.is_visible()


@pytest.mark.parametrize("browser", ["STRIPE"], indirect=True)
async def test_setup_page_is_accessible_and_works_by_keyboard(browser: Browser, browser_path: str) -> None:
    installation, owner = browser.installation, Owner(browser.installation)
    found: list[str] = []
    async with running_chromium(browser_path) as chromium:
        page = await open_page(chromium, locale="en-GB", viewport=PHONE)
        await page.goto(f"{browser.environ['WEB_BASE_URL']}/setup")
        await looked_at(page, "code", found)
        await sends(page, "Code", await browser.code())
        await asked(page, "Your bot's token")
        await sends(page, "Your bot's token", "123456:" + "a" * 35)
        await page.get_by_role("alert").wait_for()
        await looked_at(page, "bot-refused", found)
        await sends(page, "Your bot's token", installation.tokens[0])
        await asked(page, "Who's the owner?")
        link = await page.get_by_role("link", name="Open @tienda_bot in Telegram").get_attribute("href")
        await owner.writes(f"/start {str(link).partition('start=')[2]}")
        await sends(page, "I've pressed Start")
        await asked(page, "Your channel or group")
        await looked_at(page, "chat", found)
        assert await owner.shares(owner.group, "👥 My group") is None
        await sends(page, "I've chosen it")
        await asked(page, "How will you get paid?")
        methods = await page.locator("main > details > summary").all_inner_texts()
        assert methods == ["Stripe", "PayPal", "Telegram Stars", "Cryptomus"]
        assert await page.locator("svg.drawn").count() == len(methods)
        await sends(page, "Telegram Stars")
        await looked_at(page, "payments", found)
        await sends(page, "Switch on Telegram Stars")
        await asked(page, "Your first plan")
        await page.get_by_label("What do you sell?").select_option("plain")
        await sends(page, "Your first plan", "Tertulia 500 XTR per month")
        await page.get_by_role("heading", name="Your shop is ready").wait_for()
        await looked_at(page, "done", found)
    assert found == []
