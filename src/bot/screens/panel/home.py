"""Screens of the panel's start page, of the link to the console, and of refusals."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot.formats import brief
from bot.keyboards import button, keyboard, link
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import HOME, pairs, role_word, screen
from bot.texts import Texts
from subscriptions.application.menu import MenuSection
from subscriptions.domain.entities.console_visit import LINK_LIVES, ConsoleVisit
from subscriptions.domain.entities.customer import Role, StaffRole
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.services.staff_policy import StaffAction, may

Entries = Mapping[MenuSection, Sequence[tuple[str, Permission]]]

ENTRIES: Final[Entries] = {
    MenuSection.TODAY: (("alarms", StaffAction.SEE_ALARMS),),
    MenuSection.CUSTOMERS: (("people", StaffAction.SEE_CUSTOMERS),),
    MenuSection.MONEY: (("methods", StaffAction.ARRANGE_METHODS), ("taxes", StaffAction.EXPORT)),
    MenuSection.OFFER: (("plans", StaffAction.SEE_PLANS),),
    MenuSection.CHATS: (
        ("resources", StaffAction.SEE_CUSTOMERS),
        ("channel", StaffAction.SET_UP_CHANNEL),
        ("accounts", StaffAction.SEE_ACCOUNTS),
        ("sweep", StaffAction.SEE_BULK_EXPIRY),
    ),
    MenuSection.MESSAGES: (),
    MenuSection.FIGURES: (),
    MenuSection.SETTINGS: (
        ("settings", StaffAction.CHANGE_SETTINGS),
        ("texts", StaffAction.EDIT_TEXTS),
        ("team", StaffAction.MANAGE_STAFF),
    ),
}
"""Pages of each menu section, with the permission that each page requires.

Labels are the texts `panel.way.{page}` for pages and `panel.section.{section}` for sections.
"""

NO_ENTRIES: Final[Entries] = {}
MENU: Final = "menu"
"""Name of the panel page that lists the pages of a menu section."""
END_VISITS: Final = "out"
LINK_MINUTES: Final = int(LINK_LIVES.total_seconds() // 60)


def home(
    t: Texts,
    brand: str,
    role: Role,
    alarms: int,
    *,
    by_hand: bool = False,
    first: Sequence[InlineKeyboardButton] = (),
    of_features: Entries = NO_ENTRIES,
    note: str | None = None,
) -> Screen:
    """Return the start page with the menu sections in which the role may open at least one page.

    alarms: number of open alarms. by_hand: True if a payment method needs confirmation by staff. first: buttons of
    features above the sections. of_features: pages of features, structured like `ENTRIES`. note: result of the
    previous command.
    """
    sections = _sections(role, of_features, by_hand=by_hand)
    buttons = [_section_button(t, section, entries, alarms) for section, entries in sections]
    lines = [
        *([f"{note}\n"] if note else []),
        t("panel.title", brand=brand),
        t("panel.your_role", role=role_word(t, role)),
    ]
    if alarms:
        lines.append(t.count("panel.open_alarms", alarms))
    return Screen("\n".join(lines), keyboard(*first, *pairs(buttons)))


def menu(
    t: Texts, role: Role, section: MenuSection, *, by_hand: bool = False, of_features: Entries = NO_ENTRIES
) -> Screen | None:
    """Return the pages of a section that the role may open, or None if there are none. For the other arguments, see
    `home`.
    """
    pages = dict(_sections(role, of_features, by_hand=by_hand)).get(section)
    if pages is None:
        return None
    buttons = [button(t.plain(f"panel.way.{page}"), data(page)) for page in pages]
    return screen(t, f"<b>{t.plain(f'panel.section.{section}')}</b>", *pairs(buttons))


def titled(
    t: Texts, role: Role | None, words: str, *, by_hand: bool = False, of_features: Entries = NO_ENTRIES
) -> str | None:
    """Return the callback data of the only page or section that the role may open and whose label contains words
    beginning with the given words, ignoring accents and case; None if there is no such page or there are several. A
    label equal to the text takes precedence. For the other arguments, see `home`.
    """
    wanted = _folded(words)
    if not wanted:
        return None
    found: list[tuple[list[str], str]] = []
    for section, pages in _sections(role, of_features, by_hand=by_hand):
        whole = data(MENU, section) if len(pages) > 1 else data(pages[0])
        found.append((_folded(t.plain(f"panel.section.{section}")), whole))
        found += [(_folded(t.plain(f"panel.way.{page}")), data(page)) for page in pages]
    same = {target for label, target in found if label == wanted}
    alike = {target for label, target in found if all(any(each.startswith(one) for each in label) for one in wanted)}
    return next((next(iter(matches)) for matches in (same, alike) if len(matches) == 1), None)


def _folded(text: str) -> list[str]:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each if each.isalnum() else "" if unicodedata.combining(each) else " " for each in letters).split()


def section_of(
    page: str, role: Role | None, *, by_hand: bool = False, of_features: Entries = NO_ENTRIES
) -> MenuSection | None:
    """Return the section whose menu lists a page; None if no menu lists the page or its section has no other page. For
    the other arguments, see `home`.
    """
    sections = _sections(role, of_features, by_hand=by_hand)
    return next((section for section, pages in sections if page in pages and len(pages) > 1), None)


def _sections(role: Role | None, of_features: Entries, *, by_hand: bool) -> Sequence[tuple[MenuSection, Sequence[str]]]:
    """Return the sections with the pages that the role may open, omitting empty sections."""
    pages = {
        section: [page for page, action in (*ENTRIES[section], *of_features.get(section, ())) if may(role, action)]
        for section in MenuSection
    }
    if by_hand and may(role, StaffAction.CONFIRM_PAYMENT):
        pages[MenuSection.MONEY].append("arrivals")
    return [(section, entries) for section, entries in pages.items() if entries]


def _section_button(t: Texts, section: MenuSection, entries: Sequence[str], alarms: int) -> InlineKeyboardButton:
    """Return a section's button. If the section has only one page, the button opens that page directly."""
    suffix = f" ({alarms})" if section is MenuSection.TODAY and alarms else ""
    target = data(entries[0]) if len(entries) == 1 else data(MENU, section)
    return button(t.plain(f"panel.section.{section}") + suffix, target)


def refusal(t: Texts, role: Role | None, least: StaffRole) -> Screen:
    """Report that the staff member's current role does not permit an action. least: lowest role that permits it."""
    if role is None:
        return Screen(t("panel.refused.nobody"))
    text = t("panel.refused.role", role=role_word(t, role), least=t.plain(f"panel.role.{least}"))
    return Screen(text, keyboard(button(t.plain("panel.home"), data(HOME))))


def console(t: Texts, address: str, visits: Sequence[ConsoleVisit]) -> Screen:
    """Return the single-use link that opens the web console.

    Telegram accepts only https links as buttons, so a link to localhost is shown as text. visits: the staff member's
    active console sessions.
    """
    buttons = [link(t.plain("panel.console.open"), address)] if address.startswith("https://") else []
    text, buttons = (
        t("panel.console.link", address=address, minutes=LINK_MINUTES),
        [*buttons, *_endings(t, visits)],
    )
    return Screen(f"{text}\n\n{_visit_lines(t, visits)}" if visits else text, keyboard(*buttons) if buttons else None)


def visits(t: Texts, console_visits: Sequence[ConsoleVisit]) -> Screen:
    """Return the console sessions that remain after one or all sessions were ended."""
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
    """Report that the console is disabled in the settings."""
    return Screen(t("panel.console.off"))


def stale(t: Texts) -> Screen:
    """Report that the button is stale because its subject no longer exists or has changed."""
    return Screen(t("panel.stale"), keyboard(button(t.plain("panel.home"), data(HOME))))
