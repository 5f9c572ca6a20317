"""Chromium for tests, with timeouts that suit a busy machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.support.browser import OPTIONS

PATIENCE_MS: Final = 90_000
"""Maximum wait in milliseconds for a page, an element or an expected state. Playwright's own limits, 30 and 5 s, are
too short on a busy machine.
"""

expect.set_options(timeout=PATIENCE_MS)


@asynccontextmanager
async def running_chromium(path: str) -> AsyncIterator[Browser]:
    """Run the Chromium at this path while the block runs."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=OPTIONS, timeout=PATIENCE_MS)
        try:
            yield browser
        finally:
            await browser.close()


async def open_page(browser: Browser, **options: Any) -> Page:
    """Open an empty page in a new browser context. options: options of `Browser.new_page`."""
    page = await browser.new_page(**options)
    page.set_default_timeout(PATIENCE_MS)
    return page
