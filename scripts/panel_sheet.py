"""Generator of the admin panel's sheet: every screen at a phone's width, as one page and one picture per language."""

from __future__ import annotations

import html
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from bot.texts import LANGUAGES, texts_for
from scripts.contact_screens import Section
from scripts.contact_sheet import NAMES, PATIENCE_MS, SHEETS, STYLE, figure
from scripts.panel_screens import sections
from tests.support.browser import find_browser
from tests.support.of_features import of_features

PAGE: Final = "admin.html"
PHONE: Final = 390
COLUMNS: Final = 4
WIDTH: Final = COLUMNS * (PHONE + 16) + 64

PICTURES: Final = of_features("samples", "PICTURES")
"""Pictures that are sent together with a screen, by the caption of the screen."""

PHONES: Final = f"""
.sheet {{ columns: auto {PHONE}px; column-gap: 16px; }}
figure {{ width: {PHONE}px; }}
.picture {{ width: 100%; border-radius: 12px 12px 0 0; display: block; }}
.row .copy::after {{ content: " ⧉"; font-weight: 400; }}
"""


def main() -> int:
    """Return 0 after writing the page and the pictures, or 1 if there is no browser to take the pictures."""
    write(SHEETS)
    browser = find_browser()
    if browser is None:
        print("No Chrome or Chromium was found: the page is written, its pictures are not.", file=sys.stderr)
        return 1
    _photograph(browser)
    return 0


def write(folder: Path) -> None:
    """Write the page and its pictures into a folder."""
    (folder / "img").mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        for caption, draw in PICTURES.items():
            (folder / _picture(caption, language)).write_bytes(draw(texts_for(language)))
    (folder / PAGE).write_text(page(), encoding="utf-8")


def _picture(caption: str, language: str) -> str:
    return f"img/{caption}-{language}.png"


def page() -> str:
    """Return the HTML of the panel in all languages, one below the other."""
    bodies = "\n".join(_language(language) for language in LANGUAGES)
    head = f'<meta charset="utf-8"><title>The admin panel</title><style>{STYLE}{PHONES}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{bodies}\n</body></html>\n'


def _language(language: str) -> str:
    shown = "\n".join(_section(section, language) for section in sections(language))
    lead = "Every screen of the panel, made by its own renderers: <code>make contact-sheet</code>"
    title = f'<h1>{NAMES[language]}</h1><p class="lead">{lead}</p>'
    return f'<main id="{language}" lang="{language}">{title}\n{shown}\n</main>'


def _section(section: Section, language: str) -> str:
    shots = []
    for shot in section.shots:
        made = figure(shot)
        if shot.caption in PICTURES:
            picture = f'<img class="picture" src="{_picture(shot.caption, language)}" alt="">'
            made = made.replace("</figcaption>", f"</figcaption>{picture}", 1)
        shots.append(made)
    shown = "\n".join(shots)
    return f'<h2>{html.escape(section.title)}</h2>\n<div class="sheet">\n{shown}\n</div>'


def _photograph(browser: str) -> None:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        shown = opened.new_page(viewport={"width": WIDTH, "height": 1000})
        shown.set_default_timeout(PATIENCE_MS)
        shown.goto((SHEETS / PAGE).as_uri())
        for language in LANGUAGES:
            shown.locator(f"#{language}").screenshot(path=SHEETS / f"admin-{language}.png")
        opened.close()


if __name__ == "__main__":
    sys.exit(main())
