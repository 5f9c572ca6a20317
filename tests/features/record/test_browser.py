"""The record of tips in a real browser: on a phone and on a desktop, light and dark."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser

from benchmarks.long_record import TIPS, fill
from features.picks.use_cases.tip_text import TipDraft
from tests.fakes.clock import ManualClock
from tests.features.picks.tips import tip
from tests.features.record.records import accept_tips
from tests.support.chromium import open_page, running_chromium
from tests.support.pages_seen import DESK, PHONE, TABLET, complaints_everywhere, measured
from tests.support.website import Website

PAGES = ("/historial/retabet", "/en/historial/retabet", "/pt/historial/retabet")
A_PAGE = 25
"""Number of tips on a page of a record."""

pytestmark = pytest.mark.browser


@pytest.fixture
async def browser(browser_path: str) -> AsyncIterator[Browser]:
    """Run a Chromium for one test."""
    async with running_chromium(browser_path) as browser:
        yield browser


async def test_record_page_fits_the_screen_and_complies_with_the_content_policy(
    site: Website, browser: Browser
) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    claim = tip(event="Deportivo de La Coruña – Real Sociedad", starts_at=yesterday + timedelta(hours=1))
    accept = accept_tips(site.container.core.units(), ManualClock(yesterday))
    await accept.tip("k", "retabet", TipDraft(facts=claim), "cli")
    logged: list[str] = []
    for size in (PHONE, TABLET, DESK):
        page = await open_page(browser, viewport=size)
        page.on("console", lambda message: logged.append(message.text))
        await page.goto(f"{site.url}/historial/retabet")
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        await page.close()
    assert logged == []


async def test_record_page_has_no_accessibility_violations(site: Website, browser: Browser) -> None:
    """The record contains a published tip, a tip corrected after the start of its event, and a tip withdrawn before the
    start.
    """
    clock = ManualClock(datetime.now(UTC) - timedelta(days=1))
    accept, starts_at = (
        accept_tips(site.container.core.units(), clock),
        clock.now() + timedelta(hours=1),
    )
    drafts = {key: TipDraft(facts=tip(event=f"{key} – Rival", starts_at=starts_at)) for key in ("a", "b", "c")}
    for key, draft in drafts.items():
        await accept.tip(key, "retabet", draft, "cli")
    await accept.withdraw("a", "cli")
    clock.advance(timedelta(hours=2))
    await accept.revise("b", TipDraft(facts=tip(event="b – Rival", starts_at=starts_at, note="Hubo prórroga")), "cli")
    page = await open_page(browser)
    for path in PAGES:
        await page.goto(site.url + path)
        assert await page.locator(".tips tbody tr").count() == len(drafts)
        assert await complaints_everywhere(page) == [], path
    await page.close()


async def test_record_page_with_results_complies_with_the_content_policy_and_names_the_profit_of_a_month(
    site: Website, browser: Browser, database_url: str
) -> None:
    await fill(database_url, "retabet", 40)
    url = f"{site.url}/historial/retabet"
    page, logged = await open_page(browser, viewport=PHONE), list[str]()
    page.on("console", lambda message: logged.append(message.text))
    for path in (url, f"{site.url}/en/historial/retabet", f"{site.url}/pt/historial/retabet"):
        await page.goto(path)
        assert await complaints_everywhere(page) == [], path
    assert logged == []
    values = page.locator(".curve g text")
    assert [await each.is_visible() for each in await values.all()].count(True) == 1
    assert await values.last.is_visible()
    await page.locator(".curve g rect").nth(1).hover()
    assert await values.nth(1).is_visible()
    assert not await values.last.is_visible()
    await page.close()
    for size in (PHONE, DESK):
        seen = await measured(browser, url, size=size)
        assert seen["shift"] == 0
        assert seen["bytes"] < 60_000


@pytest.mark.long
async def test_record_of_ten_thousand_tips_is_paged(site: Website, browser: Browser, database_url: str) -> None:
    await fill(database_url, "retabet")
    last = TIPS // A_PAGE - 1
    page = await open_page(browser)
    # The first visitor after a change waits for a full count.
    for number, event in ((0, TIPS - 1), (last // 2, TIPS - 1 - last // 2 * A_PAGE), (last, A_PAGE - 1)):
        await page.set_viewport_size(PHONE)
        await page.goto(f"{site.url}/historial/retabet?page={number}")
        assert await page.locator(".tips tbody tr").count() == A_PAGE
        assert f"Partido {event} –" in await page.locator(".tips tbody tr").first.inner_text()
        assert await page.locator("a[rel=next]").count() == (number < last)
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert await complaints_everywhere(page) == [], number
    await page.locator("a[rel=prev]").click()
    await page.wait_for_url(f"**/historial/retabet?page={last - 1}")
    await page.close()
