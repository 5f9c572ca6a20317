"""Sections of optional capabilities on the status card: their positions, and nothing where there are none."""

from random import Random

from bot.screens import app, gifts, referrals, status, withdrawals
from bot.status_section import in_order
from bot.texts import texts_for
from scripts.contact_gifts import GONE
from scripts.contact_pauses import INVITED
from subscriptions.application.views.show_status import StatusView

ES = texts_for("es")
EMPTY = StatusView(subscriptions=(), open_orders=(), payments=())


def test_sections_are_sorted_by_their_order_in_texts_and_buttons() -> None:
    sections = [
        status.new_terms(ES),
        *gifts.sections(ES, [GONE]),
        referrals.section(ES, INVITED),
        withdrawals.section(ES),
        app.section(ES, "https://umbral.example/app"),
    ]
    for seed in range(10):
        screen = status.status(ES, EMPTY, sections=Random(seed).sample(sections, len(sections)))
        texts = [screen.text.index(each.text) for each in in_order(sections) if each.text]
        assert (texts, len(texts)) == (sorted(texts), 3)
        assert screen.markup is not None
        assert [[each.text for each in row] for row in screen.markup.inline_keyboard][2:] == [
            [ES.plain("buttons.referrals")],
            [ES.plain("gifts.unopened", plan=GONE.plan_name)],
            [ES.plain("buttons.terms")],
            [ES.plain("buttons.withdraw")],
            [ES.plain("buttons.page"), ES.plain("buttons.in_browser")],
        ]


def test_card_without_sections_has_the_core_alone() -> None:
    screen = status.status(ES, EMPTY)
    assert screen.markup is not None
    assert [[each.text for each in row] for row in screen.markup.inline_keyboard] == [
        [ES.plain("buttons.plans")],
        [ES.plain("buttons.help")],
    ]
