"""Screens of a held bulk expiry: the confirmation request to the owners, and the result of their decision."""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from bot import callbacks
from bot.formats import brief_of, day_of
from bot.keyboards import button, keyboard
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.staff.command import Outcome, StaffCommand

Facts = Mapping[str, str]


def question(t: Texts, facts: Facts) -> Screen:
    """Ask the owners whether to remove the listed customers, with a button for each decision."""
    people = [line.split("\t") for line in facts.get("who", "").split("\n") if line.count("\t") == 3]
    lines = [
        t("sweeps.person", name=name, number=number, reason=t.plain(f"sweeps.reason.{reason}"), ended=day_of(t, end))
        for name, number, reason, end in people
    ]
    others = int(facts["people"]) - len({number for _, number, _, _ in people})
    if others > 0:
        lines.append(t("sweeps.more", n=others))
    bulk_expiry = UUID(facts["sweep"])
    return Screen(
        "\n".join([t("alarms.sweep_held", **facts), "", *lines, "", t("sweeps.ask")]),
        keyboard(
            button(t.plain("sweeps.buttons.go_on"), callbacks.bulk_expiry_go_on(bulk_expiry)),
            button(t.plain("sweeps.buttons.leave_in"), callbacks.bulk_expiry_leave_in(bulk_expiry)),
        ),
    )


def confirmation(t: Texts, facts: Facts) -> Screen:
    """Confirm that the customers were removed, with a button to undo the removal."""
    return Screen(
        f"{t('alarms.sweep_done', **facts)}\n\n{t('sweeps.undo_until', until=brief_of(t, facts['until']))}",
        keyboard(button(t.plain("sweeps.buttons.undo"), callbacks.bulk_expiry_undo(UUID(facts["sweep"])))),
    )


def word(t: Texts, command: type[StaffCommand], outcome: Outcome) -> Screen:
    """Return the screen with the result of an owner's decision about a bulk expiry."""
    return Screen(t(f"commands.{command.name}.done.{outcome.name}", **outcome.facts))


def unknown_bulk_expiry(t: Texts) -> Screen:
    """Report that the bulk expiry does not exist or cannot be undone."""
    return Screen(t("sweeps.word.unknown"))


def not_yours(t: Texts) -> Screen:
    """Report that only an owner may press the button."""
    return Screen(t("sweeps.word.not_yours"))


SCREENS: Final[Mapping[str, Callable[[Texts, Facts], Screen]]] = {"sweep_held": question, "sweep_done": confirmation}
"""Functions that render the alarms of a bulk expiry, by kind."""

ANSWERS: Final[Mapping[str, Mapping[str, str]]] = {
    "sweep_held": {"go_on": "sweep.go", "leave_in": "sweep.stay"},
    "sweep_done": {"undo": "sweep.undo"},
}
"""Panel pages that carry out the answers to an alarm about a bulk expiry, by kind of alarm and answer."""
