"""Generator of the web console's contact sheet: every page on a desktop, on a phone, and on a tablet in dark mode, in
each language: `make contact-sheet`.

The shop is that of the documents' pictures. A page that needs an id is shown for a customer and for a broadcast.
"""

from __future__ import annotations

import asyncio
import html
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from playwright.async_api import Page, ViewportSize, async_playwright

from scripts.console_pictures import running_shop
from scripts.contact_sheet import NAMES, SHEETS
from subscriptions.bootstrap import migrate
from tests.support.browser import find_browser
from tests.support.console_visitor import OLGA, visiting
from tests.support.pages_seen import DESK, PHONE, TABLET
from tests.support.website import Website
from umbral.demo.postgres import EmbeddedPostgres
from web.console.index import pages

PAGE: Final = "console.html"
LANGUAGES: Final = ("es", "en")
SIZES: Final[Mapping[str, ViewportSize]] = {"desk": DESK, "phone": PHONE, "dark": TABLET}
STYLE: Final = "img { border: 1px solid #ccc; vertical-align: top; margin: 8px } body { font-family: sans-serif }"


def main() -> int:
    """Return 0 after writing the pictures and the page, or 1 if there is no browser to take the pictures."""
    browser = find_browser()
    if browser is None:
        print("No Chrome or Chromium was found: the console's sheet is not written.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as data, EmbeddedPostgres(Path(data)) as postgres:
        migrate.upgrade(postgres.url)
        asyncio.run(_write(postgres.url, browser, SHEETS))
    return 0


async def _write(url: str, browser_path: str, folder: Path) -> None:
    (folder / "console").mkdir(parents=True, exist_ok=True)
    async with running_shop(url) as (site, somebody, cast), async_playwright() as playwright, visiting(site) as chat:
        paths = [
            *(each.path for each in pages() if "{id}" not in each.path),
            f"/customers/{somebody}",
            f"/broadcasts/{cast}",
        ]
        browser = await playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for language in LANGUAGES:
            await _speak(site, language)
            page = await browser.new_page(locale=language)
            await page.goto(site.ops + await chat.link())
            await page.locator("main button").click()
            await _photograph(page, f"{site.ops}/admin", paths, folder, language)
            await page.close()
        await browser.close()
    (folder / PAGE).write_text(_page(paths), encoding="utf-8")


async def _speak(site: Website, language: str) -> None:
    """Set the language of the console's visitor, which takes precedence over the browser's language."""
    async with site.container.core.units()() as uow:
        visitor = await uow.customers.by_telegram_id(OLGA, lock=True)
        if visitor is not None:
            visitor.language = language
            await uow.customers.save(visitor)
        await uow.commit()


async def _photograph(page: Page, root: str, paths: Sequence[str], folder: Path, language: str) -> None:
    for number, path in enumerate(paths):
        await page.goto(root + path)
        for name, size in SIZES.items():
            await page.emulate_media(color_scheme="dark" if name == "dark" else "light")
            await page.set_viewport_size(size)
            await page.screenshot(path=folder / _picture(language, number, name), full_page=True)


def _picture(language: str, number: int, size: str) -> str:
    return f"console/{language}-{number:02}-{size}.png"


def _page(paths: Sequence[str]) -> str:
    shots = [
        f"<h2>{NAMES[language]}: <code>{html.escape(path or '/')}</code></h2>"
        + "".join(f'<img src="{_picture(language, number, size)}" alt="{size}">' for size in SIZES)
        for language in LANGUAGES
        for number, path in enumerate(paths)
    ]
    head = f'<meta charset="utf-8"><title>The web console</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{"".join(shots)}\n</body></html>\n'


if __name__ == "__main__":
    sys.exit(main())
