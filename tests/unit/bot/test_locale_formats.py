"""Check that amounts and dates on every screen are in the reader's notation, except in quotations from the operator's
documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bot.texts import LANGUAGES, load_texts
from scripts.contact_screens import sections
from scripts.panel_screens import sections as panel_sections

VERBATIM = {"plans.card", "plans.card_named"} | {
    f"vip.{name}" for name in ("activated", "activated_personal", "extended", "extended_personal")
}
"""Texts with a quotation from the operator's documents (docs/operators-documents.md), which write `29.99€` and `$9.99`.
"""
QUOTED = re.compile(r"<b>.*(?:-|–) .*?\d\.\d{2}.*</b>|<b>.*(?:-|–) \$\d.*</b>|Precio: .*")
"""Pattern of the lines with quotations."""
TYPED = re.compile(r"Escríb|Escrib|Write|[Pp]or ejemplo|[Ff]or example|p\. ej\.|e\.g\.|¿Qué da\?")
"""Pattern of hints to staff on how to type an answer."""
ELSEWHERE = re.compile(r"🇪🇸|🇬🇧|🇵🇹|🇧🇷")
"""Pattern of the preview of a text in another language."""
DATE = re.compile(r"(?<![\w/.=-])\d{4}-\d{2}-\d{2}(?![\w-])|(?<![\w/.])\d{1,2}/\d{1,2}/\d{2,4}(?![\w/])")
"""Pattern of a date in ISO notation, or of one whose day and month are ambiguous between countries."""
SIGN_FIRST = re.compile(r"[$€£¥]\s?\d")
SIGN_LAST = re.compile(r"\d\N{NO-BREAK SPACE}?[€£¥$]")
POINT = re.compile(r"\d\.\d{2}\s?(?:[€$£¥]|[A-Z]{3}\b)|[€$£¥]\s?\d+\.\d{2}(?!\d)")
COMMA = re.compile(r"\d,\d{2}\s?(?:[€$£¥]|[A-Z]{3}\b)|[€$£¥]\s?\d+,\d{2}(?!\d)")
WRONG = {
    "es": (DATE, POINT, SIGN_FIRST),
    "en": (DATE, COMMA, SIGN_LAST),
    "pt": (DATE, POINT, SIGN_FIRST),
    "pt-br": (DATE, POINT, SIGN_LAST),
}


def lines_of(language: str) -> Iterator[tuple[str, str]]:
    # The panel is written in Spanish and English, and falls back in the other languages.
    panel = panel_sections(language) if language in {"es", "en"} else ()
    for section in (*sections(language), *panel):
        for shot in section.shots:
            yield from ((shot.caption, line) for line in shot.screen.text.splitlines())
            markup = shot.screen.markup
            for row in markup.inline_keyboard if markup is not None else ():
                yield from ((shot.caption, button.text) for button in row)


@pytest.mark.parametrize("language", LANGUAGES)
def test_amounts_and_dates_follow_the_language(language: str) -> None:
    excepted = (QUOTED, TYPED, ELSEWHERE)
    found = [
        f"{caption}: {line}"
        for caption, line in dict.fromkeys(lines_of(language))
        if any(each.search(line) for each in WRONG[language]) and not any(each.search(line) for each in excepted)
    ]
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_texts_from_the_operators_documents_use_the_fixed_price_notation(language: str) -> None:
    quoting = {key for key, text in load_texts()[language].entries.items() if ":quoted" in text}
    assert quoting <= VERBATIM
