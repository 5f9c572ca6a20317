"""The panel's first screen, and its refusals."""

from collections.abc import Mapping, Sequence
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot.formats import brief
from bot.keyboards import button, keyboard, link
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import HOME, pairs, role_word
from bot.texts import Texts
from subscriptions.application.menu import MenuSection
from subscriptions.domain.entities.console_visit import LINK_LIVES, ConsoleVisit
from subscriptions.domain.entities.customer import Role, StaffRole
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.services.staff_policy import StaffAction, may

ENTRIES: Final[Mapping[MenuSection, Sequence[tuple[str, Permission]]]] = {
    MenuSection.TODAY: (("alarms", StaffAction.SEE_ALARMS),),
    MenuSection.CUSTOMERS: (("people", StaffAction.SEE_CUSTOMERS), ("sweep", StaffAction.SEE_SWEEP)),
    MenuSection.MONEY: (("taxes", StaffAction.EXPORT),),
    MenuSection.OFFER: (
        ("plans", StaffAction.SEE_PLANS),
        ("tokens", StaffAction.SEE_TOKENS),
        ("promos", StaffAction.SEE_PROMOTIONS),
    ),
    MenuSection.CHATS: (
        ("resources", StaffAction.SEE_CUSTOMERS),
        ("channel", StaffAction.SET_UP_CHANNEL),
        ("accounts", StaffAction.SEE_ACCOUNTS),
        ("leak", StaffAction.TRACE_LEAK),
    ),
    MenuSection.MESSAGES: (
        ("casts", StaffAction.BROADCAST),
        ("tips", StaffAction.SEE_RECORD),
        ("news", StaffAction.HEAR_NEWS),
    ),
    MenuSection.FIGURES: (("numbers", StaffAction.SEE_NUMBERS),),
    MenuSection.SETTINGS: (
        ("methods", StaffAction.ARRANGE_METHODS),
        ("texts", StaffAction.EDIT_TEXTS),
        ("settings", StaffAction.CHANGE_SETTINGS),
        ("team", StaffAction.MANAGE_STAFF),
        ("keys", StaffAction.MANAGE_PROGRAMS),
        ("endpoints", StaffAction.MANAGE_PROGRAMS),
    ),
}
"""Pages on the first screen by section, with the permission that each needs. Texts are `panel.way.{page}`."""

NO_ENTRIES: Final[Mapping[MenuSection, Sequence[tuple[str, Permission]]]] = {}

GENERATE: Final = "gen"
END_VISITS: Final = "out"
LINK_MINUTES: Final = int(LINK_LIVES.total_seconds() // 60)


def home(
    t: Texts,
    brand: str,
    role: Role,
    alarms: int,
    *,
    by_hand: bool = False,
    of_features: Mapping[MenuSection, Sequence[tuple[str, Permission]]] = NO_ENTRIES,
) -> Screen:
    """What this role may do. alarms: how many are open. by_hand: some payments wait for a person to see them arrive;
    who arranges the ways to pay finds them there. of_features: see `ENTRIES`.
    """
    code_button = button(t.plain("panel.new_token"), data(GENERATE)) if may(role, StaffAction.MAKE_TOKENS) else None
    ways = [
        button(t.plain(f"panel.way.{page}") + (f" ({alarms})" if page == "alarms" and alarms else ""), data(page))
        for section in MenuSection
        for page, action in (*ENTRIES.get(section, ()), *of_features.get(section, ()))
        if may(role, action)
    ]
    if by_hand and may(role, StaffAction.CONFIRM_PAYMENT) and not may(role, StaffAction.ARRANGE_METHODS):
        ways.append(button(t.plain("panel.way.arrivals"), data("arrivals")))
    lines = [t("panel.title", brand=brand), t("panel.your_role", role=role_word(t, role))]
    if alarms:
        lines.append(t.count("panel.open_alarms", alarms))
    return Screen("\n".join(lines), keyboard(code_button, *pairs(ways)))


def refusal(t: Texts, role: Role | None, least: StaffRole) -> Screen:
    """Not for this person now, whatever the button showed."""
    if role is None:
        return Screen(t("panel.refused.nobody"))
    text = t("panel.refused.role", role=role_word(t, role), least=t.plain(f"panel.role.{least}"))
    return Screen(text, keyboard(button(t.plain("panel.home"), data(HOME))))


def console(t: Texts, address: str, visits: Sequence[ConsoleVisit]) -> Screen:
    """The address that opens the web console once. As a button only where Telegram takes it for one: not this
    machine's own. visits: of the same person, that go on."""
    ways = [link(t.plain("panel.console.open"), address)] if address.startswith("https://") else []
    text, ways = t("panel.console.link", address=address, minutes=LINK_MINUTES), [*ways, *_endings(t, visits)]
    return Screen(f"{text}\n\n{_visit_lines(t, visits)}" if visits else text, keyboard(*ways) if ways else None)


def visits(t: Texts, console_visits: Sequence[ConsoleVisit]) -> Screen:
    """Those that go on after one, or all, were ended."""
    lines = [t("panel.console.ended"), *([_visit_lines(t, console_visits)] if console_visits else [])]
    return Screen("\n\n".join(lines), keyboard(*_endings(t, console_visits)) if console_visits else None)


def _visit_lines(t: Texts, visits: Sequence[ConsoleVisit]) -> str:
    each = [
        t("panel.console.visit", number=number, since=brief(t, item.entered_at), seen=brief(t, item.seen_at))
        for number, item in enumerate(visits, start=1)
        if item.entered_at is not None and item.seen_at is not None
    ]
    return "\n".join([t("panel.console.visits"), *each])


def _endings(t: Texts, visits: Sequence[ConsoleVisit]) -> Sequence[InlineKeyboardButton]:
    each = [
        button(t.plain("panel.console.end", number=number), data(END_VISITS, item.name))
        for number, item in enumerate(visits, start=1)
    ]
    return [*each, *([button(t.plain("panel.console.end_all"), data(END_VISITS, ""))] if each else [])]


def no_console(t: Texts) -> Screen:
    """The settings have switched it off."""
    return Screen(t("panel.console.off"))


def stale(t: Texts) -> Screen:
    """What the button was about has changed."""
    return Screen(t("panel.stale"), keyboard(button(t.plain("panel.home"), data(HOME))))
