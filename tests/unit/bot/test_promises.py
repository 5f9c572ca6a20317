"""Check that no screen promises more than the product does: durations, ways to join, and the amounts and number of
charges.
"""

from __future__ import annotations

import re
from typing import Final

import pytest

from bot.keyboards import button, fits, keyboard
from bot.screens import Screen, checkout, plans, verify
from bot.texts import LANGUAGES, Texts, texts_for
from scripts import contact_samples, contact_vip
from scripts.contact_screens import sections
from scripts.panel_screens import sections as panel_sections
from web.texts import raw_texts

AGAIN: Final = re.compile(r"renueva|cada pago|al mes|renews|every payment|renova-se|cada pagamento|/(mes|month|mês)")
ONCE: Final = re.compile(r"solo pago|single payment|único pagamento")
BOOKMAKER: Final = re.compile(r"casa de ap|bookmaker|una casa|uma casa")
ASKED_IN: Final = re.compile(r"(?i)pide entrar|solicit|ask to join|pede para entrar")
SECONDS: Final = re.compile(r"segundos|seconds")
ONE_MINUTE: Final = re.compile(r"un minuto|a minute|um minuto")


def words(screen: Screen) -> str:
    rows = screen.markup.inline_keyboard if screen.markup else []
    return "\n".join([screen.text, *(item.text for row in rows for item in row)])


@pytest.fixture(params=LANGUAGES)
def t(request: pytest.FixtureRequest) -> Texts:
    return texts_for(request.param)


@pytest.mark.parametrize("language", ["es", "en"])
def test_direct_link_of_a_plan_is_a_complete_link_to_the_bot(language: str) -> None:
    shown = [shot.screen.text for part in panel_sections(language) for shot in part.shots]
    linked = [text for text in shown if "start=plan_" in text]
    assert linked
    assert all("https://t.me/retador_bot?start=plan_" in text for text in linked)


def test_one_time_plan_mentions_no_renewal(t: Texts) -> None:
    once = contact_samples.BET365
    shown = [plans.plan_card(t, once), checkout.methods(t, once, contact_samples.descriptors())]

    assert not [found.group() for screen in shown if (found := AGAIN.search(words(screen)))]


def test_recurring_plan_is_not_called_a_single_payment(t: Texts) -> None:
    renews = contact_samples.RETABET
    shown = [plans.plan_card(t, renews), checkout.methods(t, renews, contact_samples.descriptors())]

    assert not [words(screen) for screen in shown if ONCE.search(words(screen))]


def test_shop_that_sells_only_vip_plans_mentions_no_bookmaker(t: Texts) -> None:
    shown = [plans.plan_list(t, [contact_vip.PLAN]), plans.welcome(t, "Retador", [contact_vip.PLAN])]

    assert not [words(screen) for screen in shown if BOOKMAKER.search(words(screen))]


def test_invite_texts_mention_no_join_request(t: Texts) -> None:
    asked = [key for key, text in t.entries.items() if key.startswith(("notices.", "vip.")) and ASKED_IN.search(text)]

    assert asked == []


def test_no_text_before_the_payment_promises_access_within_seconds(t: Texts) -> None:
    before = ("plans.", "checkout.", "status.", "verify.nothing", "verify.pending")

    assert not [key for key, text in t.entries.items() if key.startswith(before) and SECONDS.search(text)]


def test_slow_payment_screen_promises_no_number_of_minutes(t: Texts) -> None:
    shown = verify.nothing(t, contact_samples.ORDER, contact_samples.NOW)

    assert not ONE_MINUTE.search(shown.text)


def test_sample_chat_on_the_site_promises_no_access_within_seconds() -> None:
    for language in LANGUAGES:
        shown = raw_texts(language)["chat"]

        assert not ASKED_IN.search(shown["ready"])
        assert not SECONDS.search(shown["welcome"])


def test_no_button_label_is_cut_off_on_a_phone(t: Texts) -> None:
    shown = [*sections(t.language), *(panel_sections(t.language) if not t.language.startswith("pt") else [])]
    rows = [
        row for part in shown for shot in part.shots if shot.screen.markup for row in shot.screen.markup.inline_keyboard
    ]

    assert not [[item.text for item in row] for row in rows if not fits(row)]


def test_long_button_is_placed_below_other_buttons() -> None:
    long, short = button("Cancelar la suscripción", "a"), button("🆘 Ayuda", "b")

    beside, below = keyboard([short, short]), keyboard([short, long])

    assert beside is not None
    assert below is not None
    assert [len(row) for row in beside.inline_keyboard] == [2]
    assert [len(row) for row in below.inline_keyboard] == [1, 1]
