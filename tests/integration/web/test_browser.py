"""Public pages in a real browser: on a phone and on a desktop, light and dark."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import product
from typing import Literal

import pytest
from playwright.async_api import Browser, ConsoleMessage

from tests.support.chromium import open_page, running_chromium
from tests.support.pages_seen import DESK, PHONE, TABLET, complaints_everywhere, measured
from tests.support.website import BOT, Website

PATHS = ["/", "/faq", "/terms", "/privacy", "/gracias", "/en", "/nothing"]
EVERY = [*PATHS, "/en/faq", "/en/terms", "/en/privacy", "/pt", "/pt/terms"]
"""Paths of every template, and of every language of the pages that are mostly text."""

pytestmark = pytest.mark.browser


@pytest.fixture
async def browser(browser_path: str) -> AsyncIterator[Browser]:
    """Run a Chromium for one test."""
    async with running_chromium(browser_path) as browser:
        yield browser


async def test_pages_fit_the_screen_and_comply_with_the_content_policy(site: Website, browser: Browser) -> None:
    logged: list[str] = []

    def record(message: ConsoleMessage) -> None:
        logged.append(message.text)

    for size in (PHONE, TABLET, DESK):
        page = await open_page(browser, viewport=size)
        page.on("console", record)
        for path in PATHS:
            await page.goto(site.url + path)
            assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
        await page.close()
    # The browser logs the missing page itself; a blocked style or script would be another line.
    assert [line for line in logged if "404" not in line] == []


async def test_landing_page_links_to_the_bot_and_shows_its_qr_code_on_a_desktop(
    site: Website, browser: Browser
) -> None:
    themes: Sequence[Literal["light", "dark"]] = ("light", "dark")
    for (size, with_code), theme in product(((PHONE, False), (DESK, True)), themes):
        page = await open_page(browser, viewport=size, color_scheme=theme, java_script_enabled=False)
        await page.route("https://t.me/**", lambda there: there.fulfill(body="the bot"))
        await page.goto(site.url)
        button = page.locator("a.button").first
        box = await button.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= size["height"]
        assert box["height"] >= 44
        assert await page.locator("svg.qr").is_visible() is with_code
        await button.click()
        await page.wait_for_url(f"https://t.me/{BOT}")
        await page.goto(site.url)
        await page.get_by_role("link", name="Retabet").click()
        await page.wait_for_url(f"https://t.me/{BOT}?start=**")
        await page.close()


async def test_button_of_the_landing_page_has_the_accent_colour_in_both_themes(site: Website, browser: Browser) -> None:
    seen = set()
    for theme in ("light", "dark"):
        page = await open_page(browser, color_scheme="light" if theme == "light" else "dark")
        await page.goto(site.url)
        seen.add(await page.evaluate("getComputedStyle(document.querySelector('a.button')).backgroundColor"))
        await page.close()
    assert "rgb(11, 95, 102)" in seen
    assert len(seen) == 2


async def test_first_tab_stop_skips_the_navigation(site: Website, browser: Browser) -> None:
    page = await open_page(browser, viewport=DESK)
    await page.goto(site.url)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    assert await page.locator(".skip").bounding_box() is not None
    await page.close()


async def test_landing_page_needs_few_bytes_and_requests_and_its_layout_does_not_shift(
    site: Website, browser: Browser
) -> None:
    for size in (PHONE, DESK):
        seen = await measured(browser, site.url, size=size)
        assert seen["bytes"] < 60_000
        assert seen["requests"] <= 5
        assert seen["shift"] == 0


async def test_pages_have_no_accessibility_violations(site: Website, browser: Browser) -> None:
    page = await open_page(browser)
    for path in EVERY:
        await page.goto(site.url + path)
        assert await complaints_everywhere(page) == [], path
    await page.close()
