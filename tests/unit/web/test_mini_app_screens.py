"""The Mini App's page, before anything is pressed."""

from __future__ import annotations

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from subscriptions.application.catalog.site import SiteView
from subscriptions.domain.entities.app_press import OPENINGS
from tests.unit.web.test_pages import IDENTITY, plan
from web.mini_app.screens import MiniAppScreens
from web.render import environment
from web.texts import LANGUAGES, raw_texts

OPENS = {"es": "Abre", "en": "Opens", "pt": "Abre", "pt-br": "Abre"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_says_what_it_opens_and_its_button_shows_its_card(language: str) -> None:
    bundle = replace(plan(), opens=("vip", "sala"))
    site = SiteView(plans=[bundle], bot_username="shop_bot", chats={"vip": "Canal <VIP>", "sala": "Sala"})
    screens = MiniAppScreens(IDENTITY, ZoneInfo("Europe/Madrid"), environment())
    page = screens.screen(language, site, None)
    assert f"{OPENS[language]}: Canal &lt;VIP&gt;, Sala" in page
    assert 'data-press="plan_select_retabet"' in page
    assert 'data-press="/historial"' not in page, "nothing is led to that is not there"


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_the_page_leads_to_has_its_button_in_order(language: str) -> None:
    screens = MiniAppScreens(IDENTITY, ZoneInfo("Europe/Madrid"), environment(), tips=True)
    page = screens.screen(language, SiteView(plans=[], bot_username="shop_bot", chats={}), None)
    menu = re.findall(r'<button type="button" data-press="([^"]+)">([^<]+)</button>', page)
    words = raw_texts(language)["app"]["menu"]
    assert menu == [(data, words[name]) for name, data in OPENINGS.items()]
    assert words.keys() == OPENINGS.keys()
