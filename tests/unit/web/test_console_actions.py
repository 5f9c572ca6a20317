"""Check that the console has every action of the panel, with the listed exceptions."""

from __future__ import annotations

import pytest

from bot.panel.index import FORMS
from bot.panel.index import PAGES as PANEL
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.services.staff_policy import StaffAction
from tests.support.of_features import of_features
from web.console.index import ACTIONS, pages
from web.console.words import LANGUAGES, words_for

ONLY_IN_THE_CHAT = {
    StaffAction.OPEN_PANEL: "it is the panel",
    StaffAction.SEE_BULK_EXPIRY: "every provider is asked what would end, which takes longer than a page",
    **of_features("walks", "CONSOLE_LACKS"),
}


def test_web_console_has_every_action_of_the_telegram_staff_panel() -> None:
    panel = {page.action for page in PANEL.values()} | {form.action for form in FORMS.values()}
    console = {page.action for page in pages()} | {action.action for action in ACTIONS.values()}
    assert panel - console == {*ONLY_IN_THE_CHAT}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_menu_title_begins_with_another_title(language: str) -> None:
    titles = [words_for(language)(f"page.{page.name}").lower() for page in pages() if page.section is not None]
    alike = [(one, other) for one in titles for other in titles if one != other and other.startswith(one)]
    assert (alike, len({*titles})) == ([], len(titles))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_console_page_and_action_has_texts_in_every_language(language: str) -> None:
    words = words_for(language)
    keys = [f"page.{page.name}" for page in pages()]
    keys += [f"action.{name}.{part}" for name in ACTIONS if name not in COMMANDS for part in ("do", "about", "sure")]
    keys += [f"about.{page.name}" for page in pages() if page.template in {"list.html", "table.html", "figures.html"}]
    assert [key for key in keys if not words.has(key)] == []
