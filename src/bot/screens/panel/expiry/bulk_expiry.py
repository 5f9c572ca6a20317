"""Screen of the customers whom a bulk expiry would now remove, with the reasons."""

from collections.abc import Sequence

from bot.formats import day
from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import Row, card, screen, up
from bot.texts import Texts
from subscriptions.application.expiry.preview_bulk_expiry import Preview, PreviewLine
from subscriptions.domain.entities.bulk_expiry import BulkExpiry
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.services.staff_policy import StaffAction, may

PEOPLE_SHOWN = 15


def bulk_expiry(
    t: Texts, preview: Preview, pending_bulk_expiries: Sequence[BulkExpiry], role: Role | None, note: str | None = None
) -> Screen:
    """Return the preview of a bulk expiry.

    pending_bulk_expiries: bulk expiries that await an owner's decision. The two decision buttons are shown to roles
    that may decide. note: result of the previous command.
    """
    facts = {"people": preview.people, "limit": preview.limit, "live": preview.live}
    parts = [note] if note else []
    parts += [t("bulk_expiry.title"), card(*(t(f"bulk_expiry.{name}", n=number) for name, number in facts.items()))]
    parts.append(
        card(*(_line(t, item) for item in preview.lines[:PEOPLE_SHOWN])) if preview.lines else t("bulk_expiry.none")
    )
    if len(preview.lines) > PEOPLE_SHOWN:
        parts.append(t("bulk_expiry.more", n=len(preview.lines) - PEOPLE_SHOWN))
    rows: list[Row] = []
    if pending_bulk_expiries:
        parts.append(t("bulk_expiry.asking"))
    if pending_bulk_expiries and may(role, StaffAction.CONFIRM_BULK_EXPIRY):
        newest = pending_bulk_expiries[-1]
        rows.append(button(t.plain("sweeps.buttons.go_on"), data("sweep.go", newest.id)))
        rows.append(button(t.plain("sweeps.buttons.leave_in"), data("sweep.stay", newest.id)))
    if may(role, StaffAction.START_BULK_EXPIRY):
        rows.append(button(t.plain("commands.sweep.label"), data("sweep.now")))
    rows.append(button(t.plain("buttons.refresh"), data("sweep")))
    return screen(t, "\n\n".join(parts), *rows, back_to=up("sweep"))


def _line(t: Texts, item: PreviewLine) -> str:
    text_key = f"sweeps.reason.{item.reason}"
    return t(
        "bulk_expiry.line",
        name=item.name or "–",
        id=item.telegram_id or "–",
        plan=item.plan,
        fate=t.plain(f"bulk_expiry.fate.{item.fate}"),
        reason=t.plain(text_key) if t.has(text_key) else t.plain("bulk_expiry.access_ended"),
        at=day(t, item.over_since) if item.over_since is not None else "–",
    )
