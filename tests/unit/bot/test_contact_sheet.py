"""Check that the contact sheets, the pages that show the texts of the chat and of its admin panel,
leave out no text.
"""

from __future__ import annotations

import html
import re
import string

import pytest

from bot.feature import chat_parts, menu_entries
from bot.screens.panel.home import ENTRIES
from bot.texts import LANGUAGES, texts_for
from scripts.contact_screens import sections
from scripts.contact_sheet import page
from scripts.panel_screens import sections as panel_sections
from scripts.panel_sheet import page as panel_page
from subscriptions.application.menu import MenuSection
from tests.support.of_features import of_features
from tests.support.removed import REMOVED

ELSEWHERE = (
    "alarms.fact",
    "alarms.names.",
    *(
        f"alarms.{words}."
        for words in (
            "changes",
            "jobs",
            "messages",
            "reasons",
            "refusals",
            "results",
            "rights",
            "states",
            "ways",
            "words",
        )
    ),
    "chat.commands.",
    "document.",
    "lists.",
    "units.",
    "notices.payment_flagged.other",
    "record.drawn.",
    *(() if "tip" in of_features("walks", "SUBJECTS") else ("record.message",)),
    *(("vip.",) if "vip" in REMOVED else ()),
)
"""Texts used inside other texts, in Telegram's menu, in documents, pictures or lists. The chat shows some of them
(`test_list_words.py`).
"""
DRAWN = ("numbers.chart.active", "numbers.chart.moves", "numbers.chart.earned", "numbers.caption")
"""Texts that are drawn in the picture of the chart."""
_OF_FEATURES = menu_entries(texts_for("es"), chat_parts().items())
EMPTY = [f"panel.section.{each}" for each in MenuSection if not ENTRIES[each] and not _OF_FEATURES[each]]
"""Names of menu sections whose pages all belong to features that are not installed."""
RARE = ("watch.accounts.state.", "people.access_word.", "forms.wrong.price")
"""Variants of a text that are not on the sheet, because it shows another variant in their place."""
OF_THE_PANEL = (
    "commands.",
    *("panel.", "forms.", "people.", "offer.", "tokens."),
    *(
        "bulk_expiry.",
        "channel.",
        "watch.",
        "methods.",
        "arrivals.",
        "leak.",
        "shown_once.",
        "settings.",
        "features.",
        "texts.",
        "taxes.",
        "tips.",
        *(f"{name}." for name in of_features("walks", "STAFF_TEXTS")),
    ),
)
"""Texts of the admin panel, which has its own sheet."""
WHY_RARE = re.compile(
    r"why\.(kind|note|earlier|no_time)|status\.(access|word|order_preparing)|cancel\.|buttons\.|reconcile\.(kind|do|none)"
)
"""Variants of a text that are not on the sheet, because it shows another variant in their place; other tests cover each
of them.
"""


def shown_in(language: str) -> str:
    screens = [shot.screen for section in sections(language) for shot in section.shots]
    labels = [item.text for screen in screens if screen.markup for row in screen.markup.inline_keyboard for item in row]
    return "\n".join([*(screen.text for screen in screens), *labels])


@pytest.mark.parametrize("language", LANGUAGES)
def test_contact_sheet_shows_every_customer_text(language: str) -> None:
    shown = shown_in(language)
    missing = []
    for key, text in texts_for(language).entries.items():
        if key.startswith((*ELSEWHERE, *OF_THE_PANEL)) or WHY_RARE.match(key):
            continue
        pieces = [piece for piece, *_ in string.Formatter().parse(text) if len(piece.strip()) > 3]
        # An alarm's first sentence is bold and its commands are code, so the text is searched for piece by piece.
        pieces = (
            [part for piece in pieces for part in re.split(r"\. |`", piece)] if key.startswith("alarms.") else pieces
        )
        missing += [key for piece in pieces if piece.strip() not in shown][:1]

    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_contact_sheet_of_the_panel_shows_every_panel_text(language: str) -> None:
    screens = [shot.screen for section in panel_sections(language) for shot in section.shots]
    labels = [item.text for screen in screens if screen.markup for row in screen.markup.inline_keyboard for item in row]
    shown = "\n".join([*(screen.text for screen in screens), *labels])
    missing = []
    for key, text in texts_for(language).entries.items():
        if not key.startswith(OF_THE_PANEL) or key in (*DRAWN, *EMPTY) or key.startswith(RARE):
            continue
        pieces = [piece for piece, *_ in string.Formatter().parse(text) if len(piece.strip()) > 3]
        missing += [
            key for piece in pieces if not any(form in shown for form in (piece.strip(), html.escape(piece.strip())))
        ][:1]

    assert missing == []


def test_contact_sheet_of_the_panel_has_the_pictures_of_every_language() -> None:
    made = panel_page()

    for language in LANGUAGES:
        assert f'<main id="{language}"' in made
        for picture in of_features("samples", "PICTURES"):
            assert f'src="img/{picture}-{language}.png"' in made


def test_contact_sheet_has_every_language_and_only_allowed_html_tags() -> None:
    made = page()

    assert all(f'<main id="{language}"' in made for language in LANGUAGES)
    assert set(re.findall(r"<(\w+)", made.split("</head>")[1])) <= {
        *{"body", "main", "h1", "h2", "p", "code", "div", "figure", "figcaption", "span"},
        # tg-time, which each reader sees in their own time zone.
        *{"b", "a", "blockquote", "tg"},
    }
    assert 'href="/' not in made, "nothing lies there beside the sheet"
