"""Lists of tips for staff."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from aiogram.types import InlineKeyboardButton

from bot.formats import brief
from bot.keyboards import button
from bot.panel.command_buttons import command_buttons
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import Row as Buttons
from bot.screens.panel.frame import card, pairs, screen, turns, up
from bot.texts import Texts
from features.picks.domain import TipResult, written_odds
from features.record.commands.publish_tip import PublishTip
from features.record.commands.publish_tips import PublishTips
from features.record.commands.settle_tip import SettleTip
from features.record.commands.settle_tips import SettleTips
from subscriptions.application.views.amounts import format_number
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import may

Rows = Sequence[Row]
_RESULT_BUTTONS: Final = {"✅": TipResult.WON, "❌": TipResult.LOST, "↩️": TipResult.PUSH}
"""Most frequent results of tips, keyed by the label of the button that enters the result."""
STATES: Final = {"tips": "unsettled", "tips.live": "live", "tips.done": "settled"}
"""Pages of the panel, with the state of the tips they list."""


def tips(t: Texts, name: str, rows: Rows, page: int, more: bool, role: Role | None, note: str | None = None) -> Screen:
    """Return a page of tips that are live, unsettled or settled. name: name of the panel's page, a key of `STATES`.
    more: True if another page follows. note: text above the list.
    """
    to_settle, word = name == "tips", STATES[name]
    title = t(f"tips.{word}")
    lines = [
        t(
            "tips.line",
            event=f"{number}. {row['event']}",
            selection=f"{row['market']} · {row['selection']}",
            odds=format_number(written_odds(Decimal(row["odds"])), t.language),
            at=brief(t, row["starts_at"]),
            state=t.plain(f"commands.choice.{row['state']}") if name == "tips.done" else "",
        )
        for number, row in enumerate(rows, start=1)
    ]
    can_settle = to_settle and may(role, SettleTip.permission)
    buttons: list[Buttons] = []
    for number, row in enumerate(rows, start=1):
        if not to_settle:
            buttons.append(_commands(t, number, row, role))
        elif can_settle:
            buttons += pairs(_results(number, UUID(row["id"])))
    others = [button(t.plain(f"tips.see_{STATES[page]}"), data(page)) for page in STATES if page != name]
    from_file = PublishTips if to_settle else SettleTips
    new, files = (command_buttons(t, role, [command.name]) for command in (PublishTip, from_file))
    body = card(*lines) if lines else t(f"tips.none_{word}")
    hint = t("tips.hint") if can_settle and rows else ""
    text = "\n\n".join(part for part in (note or "", title, body, hint) if part)
    return screen(t, text, new, *buttons, turns(t, name, page, more), others, files, back_to=up("tips"))


def _commands(t: Texts, number: int, row: Row, role: Role | None) -> list[InlineKeyboardButton]:
    """Return the buttons of the staff commands for a tip. number: position of the tip in the list."""
    commands = command_buttons(t, role, LISTS["tips"].commands(row), UUID(row["id"]))
    return [button(f"{number} {each.text}", each.callback_data or "") for each in commands]


def _results(number: int, tip_id: UUID) -> list[InlineKeyboardButton]:
    """Return the result buttons of a tip. number: position of the tip in the list."""
    buttons = [
        button(f"{number} {sign}", data("tip.as", tip_id, result.value)) for sign, result in _RESULT_BUTTONS.items()
    ]
    return [*buttons, button(f"{number} ⋯", data("tip", tip_id))]
