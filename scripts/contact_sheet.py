"""Generator of the chat's contact sheet: the whole chat in every language as one page and one picture each, and some
messages in separate pictures at a phone's width.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from aiogram.types import InlineKeyboardButton
from playwright.sync_api import Page, sync_playwright

from bot.texts import LANGUAGES
from scripts.contact_samples import Shot
from scripts.contact_screens import Section, sections
from subscriptions.application.dto.languages import language_name
from tests.support.browser import find_browser

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGE: Final = "chat.html"
SHEETS: Final = DOCS.parent / "artifacts" / "sheets"
"""Folder of the pages and their pictures, which are not committed to the repository."""
WIDTH: Final = 1680
PATIENCE_MS: Final = 300_000
"""Timeout in milliseconds for the picture of a sheet, 20,000 pixels high, which takes a minute on a busy machine."""
PHONE: Final = 390
PHONES: Final = DOCS / "img" / "phone"
NAMES: Final = {language: language_name(language) for language in LANGUAGES}

STYLE: Final = """
:root { --accent: #0f766e; --ink: #17212b; --quiet: #64748b; --wall: #dfe9e6; --bubble: #fff; }
* { box-sizing: border-box; }
body { margin: 0; background: #f6f8f8; color: var(--ink); font: 14px/1.4 system-ui, "Noto Sans", sans-serif; }
main { padding: 24px 32px; }
h1 { font-size: 28px; margin: 0 0 4px; }
h2 { font-size: 20px; margin: 32px 0 12px; }
p.lead { color: var(--quiet); margin: 0; }
.sheet { columns: 300px; column-gap: 16px; }
figure { break-inside: avoid; margin: 0 0 16px; padding: 8px 12px 12px; background: var(--wall); border-radius: 12px; }
figcaption { color: #47605b; font-size: 12px; margin-bottom: 8px; }
.bubble { background: var(--bubble); border-radius: 12px 12px 12px 4px; padding: 8px 12px; overflow-wrap: anywhere; }
.bubble, .said { white-space: pre-wrap; }
.said { background: #d6f5d0; border-radius: 12px 12px 4px 12px; padding: 4px 12px; margin: 0 0 8px auto;
  width: fit-content; }
.bubble a { color: var(--accent); }
blockquote { margin: 4px 0; padding: 4px 8px; border-left: 3px solid var(--accent); background: #eef6f4;
  border-radius: 4px; }
.row { display: flex; gap: 4px; margin-top: 4px; }
.row span { flex: 1; text-align: center; background: #4b7a72; color: #fff; border-radius: 8px; padding: 6px 8px;
  font-weight: 600; overflow-wrap: anywhere; }
.row .success { background: #1f7a3d; }
.row .primary { background: #1d5fa8; }
.row .danger { background: #a8201a; }
.bubble tg-time { text-decoration: underline dotted; }
blockquote[expandable]::after { content: " ⌄"; color: var(--quiet); }
.row .url::after { content: " ↗"; font-weight: 400; }
"""
PHONE_STYLE: Final = """
section { width: 390px; padding: 16px 48px 16px 12px; background: var(--wall); font-size: 16px; }
"""


def main() -> int:
    """Return 0 after writing the page and the pictures, or 1 if there is no browser to take the pictures."""
    write(SHEETS)
    browser = find_browser()
    if browser is None:
        print("No Chrome or Chromium was found: the page is written, the pictures are not.", file=sys.stderr)
        return 1
    _photograph(browser)
    return 0


def write(folder: Path) -> None:
    """Write the page of the chat into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(page(), encoding="utf-8")


def phone_page() -> str:
    """Return the HTML of the messages that get their own picture, at a phone's width and in the default language."""
    shots = [shot for section in sections(LANGUAGES[0]) for shot in section.shots if shot.picture]
    shown = "\n".join(f'<section id="{shot.picture}">{_message(shot)}</section>' for shot in shots)
    head = f'<meta charset="utf-8"><title>At a phone\'s width</title><style>{STYLE}{PHONE_STYLE}</style>'
    return f'<!doctype html>\n<html lang="{LANGUAGES[0]}"><head>{head}</head><body>\n{shown}\n</body></html>\n'


def page() -> str:
    """Return the HTML of the chat in all languages, one below the other."""
    bodies = "\n".join(_language(language) for language in LANGUAGES)
    head = f'<meta charset="utf-8"><title>The chat</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{bodies}\n</body></html>\n'


def _language(language: str) -> str:
    shown = "\n".join(_section(section) for section in sections(language))
    lead = "Every message of the bot, made by its own renderers: <code>make contact-sheet</code>"
    title = f'<h1>{NAMES[language]}</h1><p class="lead">{lead}</p>'
    return f'<main id="{language}" lang="{language}">{title}\n{shown}\n</main>'


def _section(section: Section) -> str:
    shots = "\n".join(figure(shot) for shot in section.shots)
    return f'<h2>{html.escape(section.title)}</h2>\n<div class="sheet">\n{shots}\n</div>'


def figure(shot: Shot) -> str:
    """Return the HTML of one message as Telegram shows the message."""
    return f"<figure><figcaption>{html.escape(shot.caption)}</figcaption>{_message(shot)}</figure>"


def _message(shot: Shot) -> str:
    said = f'<div class="said">{html.escape(shot.said)}</div>' if shot.said else ""
    markup = shot.screen.markup
    rows = "".join(_row(row) for row in markup.inline_keyboard) if markup else ""
    # The text is Telegram's HTML, in which text from outside is already escaped.
    text = shot.screen.text.replace("\n<blockquote", "<blockquote").replace("</blockquote>\n", "</blockquote>")
    return f'{said}<div class="bubble">{text}</div>{rows}'


def _row(row: Sequence[InlineKeyboardButton]) -> str:
    spans = "".join(
        f'<span class="{"url" if item.url else "data"} {item.style or ""}">{html.escape(item.text)}</span>'
        for item in row
    )
    return f'<div class="row">{spans}</div>'


def _photograph(browser: str) -> None:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        shown = opened.new_page(viewport={"width": WIDTH, "height": 1000})
        shown.set_default_timeout(PATIENCE_MS)
        shown.goto((SHEETS / PAGE).as_uri())
        for language in LANGUAGES:
            shown.locator(f"#{language}").screenshot(path=SHEETS / f"chat-{language}.png")
        _photograph_phones(opened.new_page(viewport={"width": PHONE, "height": 844}, device_scale_factor=2))
        opened.close()


def _photograph_phones(shown: Page) -> None:
    PHONES.mkdir(exist_ok=True)
    shown.set_content(phone_page())
    for section in shown.locator("section").all():
        section.screenshot(path=PHONES / f"{section.get_attribute('id')}.png")


if __name__ == "__main__":
    sys.exit(main())
