"""Tips as staff settles them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from aiogram.types import InlineKeyboardButton

from bot.formats import brief
from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import Row as Buttons
from bot.screens.panel.frame import card, pairs, screen, turns
from bot.texts import Texts
from subscriptions.application.record.publish_tip_by_staff import PublishTip
from subscriptions.application.record.publish_tips import PublishTips
from subscriptions.application.record.settle_tip import CorrectResult, SettleTip
from subscriptions.application.record.settle_tips import SettleTips
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.tip import TipResult
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import may

Rows = Sequence[Row]
_PRESSED: Final = {"✅": TipResult.WON, "❌": TipResult.LOST, "↩️": TipResult.PUSH}
"""The commonest results, each one press."""


def tips(
    t: Texts, name: str, rows: Rows, page: int, more: bool, role: StaffRole | None, note: str | None = None
) -> Screen:
    """A page of tips without a result, or with one. name: of the panel's page. note: a line above."""
    to_settle = name == "tips"
    command = SettleTip if to_settle else CorrectResult
    title = t("tips.unsettled" if to_settle else "tips.settled")
    lines = [
        t(
            "tips.line",
            event=f"{place}. {row['event']}" if to_settle else row["event"],
            selection=row["selection"],
            odds=row["odds"],
            at=brief(t, row["starts_at"]),
            state="" if to_settle else t.plain(f"commands.choice.{row['state']}"),
        )
        for place, row in enumerate(rows, start=1)
    ]
    allowed = rows if may(role, command.permission) else []
    if to_settle:
        buttons: list[Buttons] = [
            two for place, row in enumerate(allowed, start=1) for two in pairs(_results(place, UUID(row["id"])))
        ]
    else:
        label = t.plain(f"commands.{command.name}.label")
        buttons = [
            button(f"{label}: {row['event']}"[:60], data(f"tip.{command.name}", UUID(row["id"]))) for row in allowed
        ]
    other = button(
        t.plain("tips.see_settled" if to_settle else "tips.see_unsettled"), data("tips.done" if to_settle else "tips")
    )
    new = button(t.plain("commands.publish_tip.label"), data("tip.new")) if may(role, PublishTip.permission) else None
    file_command, page_name = (PublishTips, "tip.file") if to_settle else (SettleTips, "tip.ends")
    from_file = button(t.plain(f"commands.{file_command.name}.label"), data(page_name))
    files = from_file if may(role, file_command.permission) else None
    body = card(*lines) if lines else t("tips.none" if to_settle else "tips.none_settled")
    hint = t("tips.hint") if to_settle and allowed else ""
    text = "\n\n".join(part for part in (note or "", title, body, hint) if part)
    return screen(t, text, new, *buttons, turns(t, name, page, more), other, files)


def _results(place: int, tip_id: UUID) -> list[InlineKeyboardButton]:
    """Of the tip in that place of the list."""
    pressed = [button(f"{place} {sign}", data("tip.as", tip_id, result.value)) for sign, result in _PRESSED.items()]
    return [*pressed, button(f"{place} ⋯", data("tip", tip_id))]
