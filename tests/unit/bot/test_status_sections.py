"""Positions of the sections that optional features add to the status card, and the card without these features."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import permutations
from random import Random

import pytest

from bot import callbacks
from bot.keyboards import button
from bot.screens import Screen, status
from bot.status_section import StatusSection, in_order
from bot.texts import LANGUAGES, Texts, texts_for
from scripts import contact_samples as samples
from subscriptions.application.views.show_status import StatusView, SubscriptionView

ES = texts_for("es")
RIGHT = StatusSection(order=60, buttons=[[button("right", "right")]], is_prominent=True)
EMPTY = StatusView(subscriptions=(), open_orders=(), payments=())


def test_section_texts_and_buttons_are_shown_in_the_declared_order() -> None:
    sections = [
        status.new_terms(ES),
        StatusSection(order=10, text="a gift"),
        StatusSection(order=40, buttons=[[button("gift", "gift")]]),
        StatusSection(order=20, text="3 friends", buttons=[[button("invite", "invite")]]),
        RIGHT,
        StatusSection(order=70, buttons=[[button("page", "p"), button("browser", "b")]]),
    ]
    for seed in range(10):
        screen = status.status(ES, EMPTY, sections=Random(seed).sample(sections, len(sections)))
        texts = [screen.text.index(each.text) for each in in_order(sections) if each.text]
        assert (texts, len(texts)) == (sorted(texts), 3)
        assert rows(screen) == [
            [ES.plain("buttons.plans")],
            [ES.plain("buttons.manage"), ES.plain("buttons.help")],
            ["right"],
        ]
        below = status.manage(ES, EMPTY, sections=Random(seed).sample(sections, len(sections)))
        assert rows(below) == [
            ["invite"],
            ["gift"],
            [ES.plain("buttons.terms")],
            ["page", "browser"],
            [ES.plain("buttons.back")],
        ]


def test_status_card_without_feature_sections_has_only_the_plans_and_help_buttons() -> None:
    assert rows(status.status(ES, EMPTY)) == [[ES.plain("buttons.plans")], [ES.plain("buttons.help")]]


def rows(screen: Screen) -> list[list[str]]:
    return [[each.text for each in row] for row in screen.markup.inline_keyboard] if screen.markup else []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("has_right", [False, True])
def test_status_card_has_help_and_at_most_five_buttons_with_other_actions_one_tap_away(
    language: str, *, has_right: bool
) -> None:
    t = texts_for(language)
    views = [samples.card(item) for item in samples.STATES.values()]
    views += [samples.card(one, replace(other, soft_id="b")) for one, other in permutations(samples.STATES.values(), 2)]
    views += [samples.card(paid=False), samples.card(paid=False, orders=(samples.ORDER,))]
    for view in views:
        sections = [RIGHT] if has_right else []
        card, below, buttons = (data_of(screen) for screen in screens(t, view, sections))
        assert len(card) <= status.MOST_BUTTONS
        assert callbacks.HELP in card
        assert ("right" in card) is has_right
        undos = [f"undo_cancel_{item.soft_id}" if len(view.live) > 1 else "undo_cancel" for item in view.live]
        undos = [data for data, item in zip(undos, view.live, strict=True) if item.can_undo]
        assert len(undos) != 1 or undos[0] in card
        everything = {*card, *below, *buttons}
        wanted = {*undos, *(data for item in view.live for data in rights(item))} - {""}
        assert wanted <= everything, "one tap more at most"
        assert not set(below) - {callbacks.STATUS} & set(card), "no button stands twice"


def rights(item: SubscriptionView) -> list[str]:
    """Return the callback data of the buttons that an earlier version of the card showed directly, before they moved to
    its second level.
    """
    return [
        "plan_list",
        "why",
        "help",
        f"change_{item.soft_id}" if item.next_at is None else f"keep_plan_{item.soft_id}",
        f"cancel_{item.soft_id}" if item.renews else "",
        f"mend_card_{item.soft_id}" if item.renews and item.provider in samples.PAGES else "",
        f"subscribe_{item.soft_id}" if item.renewable else "",
        item.invite_url or item.channel_url or "",
    ]


def screens(t: Texts, view: StatusView, sections: Sequence[StatusSection]) -> tuple[Screen, Screen, Screen]:
    changeable = {item.soft_id for item in view.live}
    shown = partial(status.status, t, view, changeable=changeable, pages=samples.PAGES, sections=sections)
    below = partial(status.manage, t, view, changeable=changeable, pages=samples.PAGES, sections=sections)
    return shown(), below(), status.invite_links(t, view)


def data_of(screen: Screen) -> list[str]:
    markup = screen.markup
    return [each.callback_data or each.url or "" for row in markup.inline_keyboard for each in row] if markup else []
