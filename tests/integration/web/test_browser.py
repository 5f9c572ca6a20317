"""The pages in a real browser: on a phone and on a desk, light and dark."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Literal

import pytest
from playwright.async_api import Browser, ConsoleMessage, async_playwright

from subscriptions.application.picks.picks import AcceptPick
from subscriptions.application.record.tip_text import TipDraft
from tests.fakes.clock import ManualClock
from tests.fakes.tips import tip
from tests.support.pages_seen import DESK, PHONE, TABLET, complaints_everywhere, measured
from tests.support.website import BOT, Website

PATHS = ["/", "/faq", "/terms", "/privacy", "/gracias", "/en", "/nothing"]
EVERY = [*PATHS, "/en/faq", "/en/terms", "/en/privacy", "/pt", "/pt/terms"]
"""Every template, and every language of those that are mostly words."""

PATIENCE_MS = 90_000

pytestmark = pytest.mark.browser


@pytest.fixture
async def browser(browser_path: str) -> AsyncIterator[Browser]:
    """A Chromium of the test's own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def test_pages_fit_and_break_no_rule_of_their_own(site: Website, browser: Browser) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    claim = tip(event="Deportivo de La Coruña – Real Sociedad", starts_at=yesterday + timedelta(hours=1))
    accept = AcceptPick(site.container.core.units(), ManualClock(yesterday))
    await accept.tip("k", "retabet", TipDraft(facts=claim), "cli")
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        heard.append(message.text)

    for size in (PHONE, TABLET, DESK):
        page = await browser.new_page(viewport=size)
        page.on("console", hear)
        for path in (*PATHS, "/historial/retabet"):
            await page.goto(site.url + path)
            assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
        await page.close()
    # The browser itself notes the page that does not exist; a blocked style or script would be a line more.
    assert [line for line in heard if "404" not in line] == []


async def test_the_first_screen_leads_to_the_bot_and_on_a_desk_by_the_code_too(site: Website, browser: Browser) -> None:
    themes: Sequence[Literal["light", "dark"]] = ("light", "dark")
    for (size, with_code), theme in product(((PHONE, False), (DESK, True)), themes):
        page = await browser.new_page(viewport=size, color_scheme=theme, java_script_enabled=False)
        page.set_default_timeout(PATIENCE_MS)
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


async def test_the_accent_reaches_the_button_in_both_themes(site: Website, browser: Browser) -> None:
    seen = set()
    for theme in ("light", "dark"):
        page = await browser.new_page(color_scheme="light" if theme == "light" else "dark")
        await page.goto(site.url)
        seen.add(await page.evaluate("getComputedStyle(document.querySelector('a.button')).backgroundColor"))
        await page.close()
    assert "rgb(11, 95, 102)" in seen
    assert len(seen) == 2


async def test_the_keyboard_comes_first_to_the_way_past_the_navigation(site: Website, browser: Browser) -> None:
    page = await browser.new_page(viewport=DESK)
    await page.goto(site.url)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    assert await page.locator(".skip").bounding_box() is not None
    await page.close()


async def test_the_landing_page_is_light_and_stands_still(site: Website, browser: Browser) -> None:
    for size in (PHONE, DESK):
        seen = await measured(browser, site.url, size=size)
        assert seen["bytes"] < 60_000
        assert seen["requests"] <= 5
        assert seen["shift"] == 0


async def test_nothing_keeps_anybody_out(site: Website, browser: Browser) -> None:
    page = await browser.new_page()
    for path in EVERY:
        await page.goto(site.url + path)
        assert await complaints_everywhere(page) == [], path
    await page.close()
