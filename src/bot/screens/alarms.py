"""Alarms to the owners: what is wrong, its facts, and the button that mends it where there is one."""

import re
from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.keyboards import button, keyboard
from bot.panel.data import data
from bot.screens import Screen, reconciled, sweeps
from bot.texts import Texts
from subscriptions.application.views.alarm_facts import told

Facts = Mapping[str, str]

_NO_KINDS: Final = frozenset({"fact", "other"})
_COMMAND: Final = re.compile(r"`([^`\n]+)`")
"""A command or setting: one tap on it copies it."""


def alarm(t: Texts, facts: Facts) -> Screen:
    """One alarm. A kind without a text of its own is still told."""
    kind = facts.get("alarm", "")
    if kind in _OTHERWISE:
        return _OTHERWISE[kind](t, facts)
    known = f"alarms.{kind}"
    head = t(known, **facts) if kind not in _NO_KINDS and t.has(known) else t("alarms.other", kind=kind)
    lines = [t("alarms.fact", name=name, value=value) for name, value in told(facts, t.language, t.zone, _find(t))]
    buttons = [each for each in (_mending(t, kind, facts), whom(t, facts)) if each is not None]
    fact, stop, advice = head.partition(". ")
    # Telegram lets code be part of nothing that is bold.
    fact, advice = _COMMAND.sub(r"\1", fact), _COMMAND.sub(r"<code>\1</code>", advice)
    return Screen(
        "\n".join([f"🚨 <b>{fact}{stop.strip()}</b> {advice}".strip(), *lines]),
        keyboard(*buttons) if buttons else None,
    )


def _find(t: Texts) -> Callable[[str], str | None]:
    return lambda key: t.entries.get(f"alarms.{key}")


def repaired(t: Texts, answer: str) -> Screen:
    """What pressing the button did: `done`, `nothing`, or `not_yours`."""
    return Screen(t(f"alarms.repair.{answer}"))


def whom(t: Texts, facts: Facts) -> InlineKeyboardButton | None:
    """Leads to whom it is about, where an alarm names them."""
    customer = facts.get("customer")
    return button(t.plain("buttons.their_card"), data("c", UUID(customer))) if customer else None


def _mending(t: Texts, kind: str, facts: Facts) -> InlineKeyboardButton | None:
    make = BUTTONS.get(kind)
    return make(t, facts) if make is not None else None


def _repair(t: Texts, facts: Facts) -> InlineKeyboardButton | None:
    access = facts.get("access")
    return button(t.plain("buttons.repair"), callbacks.repair(UUID(access))) if access else None


_OTHERWISE: Final[Mapping[str, Callable[[Texts, Facts], Screen]]] = {
    **sweeps.SCREENS,
    "reconciled": reconciled.report,
    "brought_back": reconciled.brought_back,
}
"""Those that look otherwise, by kind."""

BUTTONS: Final[Mapping[str, Callable[[Texts, Facts], InlineKeyboardButton | None]]] = {"paid_without_access": _repair}
