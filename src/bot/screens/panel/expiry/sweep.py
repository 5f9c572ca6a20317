"""Screen of the customers whom a bulk expiry would now remove, with the reasons."""

from collections.abc import Sequence

from bot.formats import day
from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import Row, card, screen, up
from bot.texts import Texts
from subscriptions.application.expiry.preview_sweep import Preview, PreviewLine
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.entities.sweep import Sweep
from subscriptions.domain.services.staff_policy import StaffAction, may

PEOPLE_SHOWN = 15


def sweep(
    t: Texts, preview: Preview, pending_sweeps: Sequence[Sweep], role: Role | None, note: str | None = None
) -> Screen:
    """Return the preview of a bulk expiry.

    pending_sweeps: bulk expiries that await an owner's decision. The two decision buttons are shown to roles that may
    decide. note: result of the previous command.
    """
    facts = {"people": preview.people, "limit": preview.limit, "live": preview.live}
    parts = [note] if note else []
    parts += [t("sweep.title"), card(*(t(f"sweep.{name}", n=number) for name, number in facts.items()))]
    parts.append(card(*(_line(t, item) for item in preview.lines[:PEOPLE_SHOWN])) if preview.lines else t("sweep.none"))
    if len(preview.lines) > PEOPLE_SHOWN:
        parts.append(t("sweep.more", n=len(preview.lines) - PEOPLE_SHOWN))
    rows: list[Row] = []
    if pending_sweeps:
        parts.append(t("sweep.asking"))
    if pending_sweeps and may(role, StaffAction.CONFIRM_SWEEP):
        newest = pending_sweeps[-1]
        rows.append(button(t.plain("sweeps.buttons.go_on"), data("sweep.go", newest.id)))
        rows.append(button(t.plain("sweeps.buttons.leave_in"), data("sweep.stay", newest.id)))
    if may(role, StaffAction.START_SWEEP):
        rows.append(button(t.plain("commands.sweep.label"), data("sweep.now")))
    rows.append(button(t.plain("buttons.refresh"), data("sweep")))
    return screen(t, "\n\n".join(parts), *rows, back_to=up("sweep"))


def _line(t: Texts, item: PreviewLine) -> str:
    text_key = f"sweeps.reason.{item.reason}"
    return t(
        "sweep.line",
        name=item.name or "–",
        id=item.telegram_id or "–",
        plan=item.plan,
        fate=t.plain(f"sweep.fate.{item.fate}"),
        reason=t.plain(text_key) if t.has(text_key) else t.plain("sweep.access_ended"),
        at=day(t, item.over_since) if item.over_since is not None else "–",
    )
