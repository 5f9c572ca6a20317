"""Screens with the possible results of a tip and of each leg of a combined tip."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.formats import brief
from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import card, pairs, screen
from bot.texts import Texts
from features.picks.domain import TipResult, written_odds
from features.record.commands.settle_tip import SettleTip
from features.record.domain.tip_history import TipHistory
from subscriptions.application.views.amounts import format_number
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.services.staff_policy import may

LETTERS: Final[Mapping[TipResult, str]] = {
    TipResult.WON: "w",
    TipResult.LOST: "l",
    TipResult.PUSH: "p",
    TipResult.VOID: "v",
    TipResult.HALF_WON: "x",
    TipResult.HALF_LOST: "y",
}
"""One-letter code of each result in the callback data of leg buttons, short enough for the results of twenty legs."""
OF_LETTER: Final = {letter: result for result, letter in LETTERS.items()}


def tip(t: Texts, history: TipHistory, role: Role | None) -> Screen:
    """Return a tip with a button for each result."""
    facts = history.facts
    lines = [
        t(
            "tips.line",
            event=facts.event,
            selection=facts.claim,
            odds=format_number(written_odds(facts.odds), t.language),
            at=brief(t, facts.starts_at),
            state="",
        ),
        *(t("tips.leg", n=n, event=leg.event, selection=leg.claim) for n, leg in enumerate(facts.legs, start=1)),
    ]
    buttons = [button(_name(t, each), data("tip.as", history.tip_id, each.value)) for each in LETTERS]
    by_legs = button(t.plain("tips.by_legs"), data("tip.legs", history.tip_id)) if facts.legs else None
    cash_button = button(_name(t, TipResult.CASHED_OUT), data("tip.cash", history.tip_id))
    detail_button = button(t.plain("tips.detailed"), data(f"tip.{SettleTip.name}", history.tip_id))
    rows = [by_legs, *pairs(buttons), cash_button, detail_button] if may(role, SettleTip.permission) else []
    return screen(t, f"{t('tips.one')}\n\n{card(*lines)}", *rows, back_to="tips")


def leg(t: Texts, history: TipHistory, results: Sequence[TipResult]) -> Screen:
    """Return the screen that asks for the result of the next leg of a combined tip. results: results of the previous
    legs, in order.
    """
    facts, so_far = history.facts, "".join(LETTERS[each] for each in results)
    lines = [
        t(
            "tips.leg_is",
            n=n,
            event=each.event,
            selection=each.claim,
            result=_name(t, results[n - 1]) if n <= len(results) else "",
        )
        for n, each in enumerate(facts.legs, start=1)
    ]
    buttons = [
        button(_name(t, result), data("tip.legs", history.tip_id, f"{so_far}{letter}"))
        for result, letter in LETTERS.items()
    ]
    title = t("tips.which_leg", n=len(results) + 1, of=len(facts.legs), event=facts.legs[len(results)].event)
    return screen(t, f"{title}\n\n{card(*lines)}", *pairs(buttons), back_to=data("tip", history.tip_id))


def _name(t: Texts, result: TipResult) -> str:
    return t.plain(f"commands.choice.{result.value}")
