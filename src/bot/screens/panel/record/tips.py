"""Tips as staff settles them."""

from collections.abc import Sequence
from uuid import UUID

from bot.formats import brief
from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import card, screen, turns
from bot.texts import Texts
from subscriptions.application.record.publish_tip_by_staff import PublishTip
from subscriptions.application.record.settle_tip import CorrectResult, SettleTip
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import may

Rows = Sequence[Row]


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
            event=row["event"],
            selection=row["selection"],
            odds=row["odds"],
            at=brief(t, row["starts_at"]),
            state="" if to_settle else t.plain(f"commands.choice.{row['state']}"),
        )
        for row in rows
    ]
    label = t.plain(f"commands.{command.name}.label")
    buttons = [
        button(f"{label}: {row['event']}"[:60], data(f"tip.{command.name}", UUID(row["id"])))
        for row in rows
        if may(role, command.permission)
    ]
    other = button(
        t.plain("tips.see_settled" if to_settle else "tips.see_unsettled"), data("tips.done" if to_settle else "tips")
    )
    new = button(t.plain("commands.publish_tip.label"), data("tip.new")) if may(role, PublishTip.permission) else None
    body = card(*lines) if lines else t("tips.none" if to_settle else "tips.none_settled")
    text = "\n\n".join(part for part in (note or "", title, body) if part)
    return screen(t, text, new, *buttons, turns(t, name, page, more), other)
