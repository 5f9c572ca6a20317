"""Order and number of the buttons on the panel's home screen and on a customer's card."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import pytest

from bot.keyboards import button
from bot.panel.command_buttons import page_of
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel import home
from bot.screens.panel.home import titled
from bot.screens.panel.people import people
from bot.texts import texts_for
from scripts import panel_samples as samples
from subscriptions.application.menu import MenuSection
from subscriptions.application.staff.command import StaffCommand
from subscriptions.application.views.see_customers import CustomerView
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.services.staff_policy import StaffAction, may
from web.console.words import Words

SUPPORT, MANAGER, OWNER = StaffRole.SUPPORT, StaffRole.MANAGER, StaffRole.OWNER
CARDS = [samples.CARD, samples.SUSPENDED, samples.SEVERAL, samples.PAUSING, samples.NOBODY]


def labels(screen: Screen) -> list[str]:
    return [each.text for row in screen.markup.inline_keyboard for each in row] if screen.markup else []


def data_of(screen: Screen | None) -> list[str]:
    rows = screen.markup.inline_keyboard if screen is not None and screen.markup else []
    return [each.callback_data or "" for row in rows for each in row]


@pytest.mark.parametrize("language", ["es", "en"])
def test_home_screen_has_the_same_sections_in_the_same_order_as_the_console(language: str) -> None:
    t, words = texts_for(language), Words(language)
    # Every page of messages and figures is a feature's.
    entries = {
        MenuSection.MESSAGES: [("casts", StaffAction.OPEN_PANEL)],
        MenuSection.FIGURES: [("numbers", StaffAction.SEE_NUMBERS)],
    }
    screen = home.home(t, "Retador", OWNER, 0, of_features=entries)
    sections = [label.split(" ", 1)[1] for label in labels(screen)]

    assert sections == [words.one_of("section", section) for section in MenuSection]


def test_home_screen_has_the_buttons_of_features_above_the_sections() -> None:
    t, first = texts_for("es"), button("Regalar", "a:give")
    with_button, without = (labels(home.home(t, "Retador", OWNER, 2, first=each)) for each in ([first], []))

    assert with_button == ["Regalar", *without]
    assert without[0] == "☀️ Hoy (2)"


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize("role", [SUPPORT, MANAGER, OWNER])
def test_every_allowed_page_is_one_press_from_the_home_screen(role: StaffRole, *, by_hand: bool) -> None:
    t = texts_for("es")
    first = data_of(home.home(t, "Retador", role, 0, by_hand=by_hand))
    below = chain(*(data_of(home.menu(t, role, section, by_hand=by_hand)) for section in MenuSection))
    wanted = {f"a:{page}" for pages in home.ENTRIES.values() for page, least in pages if may(role, least)}
    if by_hand and role is not SUPPORT:
        wanted.add("a:arrivals")

    assert wanted <= {*first, *below}
    assert len(first) <= len(MenuSection)
    assert not {f"a:{home.MENU}:{section}" for section in MenuSection} - {*first} & {*first}


@pytest.mark.parametrize("role", [SUPPORT, MANAGER, OWNER])
@pytest.mark.parametrize("view", CARDS, ids=lambda view: view.customer.first_name)
def test_customer_card_has_at_most_five_buttons_and_the_other_buttons_one_level_down(
    view: CustomerView, role: StaffRole
) -> None:
    t = texts_for("es")
    card = data_of(people.customer(t, view, role))
    below = [people.more(t, view, role), people.plans_held(t, view), people.payments(t, view)]
    held = [people.subscription(t, view.customer, each, role) for each in view.live]

    assert len(card) <= 5
    assert card[-2:][-1] == "a:people", "the way back is last"
    everything = {each.rsplit(":", 1)[0] for each in chain(card, *map(data_of, [*below, *held]))}
    assert {f"a:{page_of(command)}" for each in view.payments for command in each.available_commands} <= {
        shown.rsplit(":", 1)[0] for each in view.payments for shown in data_of(people.payments(t, view, each.id))
    }
    available_commands: Sequence[type[StaffCommand]] = [
        *view.available_commands,
        *(command for each in view.live for command in each.available_commands),
    ]
    for command in (each for each in available_commands if may(role, each.permission)):
        assert f"a:{page_of(command)}" in everything, command.name
    assert {"a:c.why", "a:c.more"} <= everything


def test_each_of_several_payments_has_a_button_that_opens_its_commands() -> None:
    t, view = texts_for("es"), samples.DISPUTED
    listed, home, back = data_of(people.payments(t, view))[:-2], "a:home", data("c.refund", view.customer.id)
    first = view.payments[0]

    assert listed == [data("c.refund", view.customer.id, each.id) for each in view.payments]
    assert data_of(people.payments(t, view, first.id)) == [
        *(data(page_of(command), first.id) for command in first.available_commands),
        home,
        back,
    ]


@pytest.mark.parametrize(
    ("words_typed", "page"),
    [
        ("planes", "a:plans"),
        ("Gestoría", "a:taxes"),
        ("canales grupos", "a:resources"),
        ("chats", "a:menu:chats"),
        ("OFERTA", "a:plans"),
        ("clientes", "a:people"),
        ("c", None),
        ("", None),
        ("nada de esto", None),
    ],
)
def test_typed_words_find_the_panel_page_with_a_matching_title(words_typed: str, page: str | None) -> None:
    assert titled(texts_for("es"), StaffRole.OWNER, words_typed) == page


def test_typed_title_of_a_page_unavailable_to_the_role_finds_no_page() -> None:
    assert titled(texts_for("es"), StaffRole.SUPPORT, "equipo") is None
