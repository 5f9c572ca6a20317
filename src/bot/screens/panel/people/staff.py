"""The operator's people: who has which role."""

from collections.abc import Sequence

from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import card, pairs, screen
from bot.texts import Texts
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.services.staff_policy import GIVEN


def team(t: Texts, people: Sequence[Customer]) -> Screen:
    """Everybody, a button for each who is no owner."""
    lines = [
        t("panel.team.line", name=person.mention, role=t.plain(f"panel.role.{person.staff_role}")) for person in people
    ]
    rows = [
        button(t.plain("panel.team.button", name=person.mention), data("team.card", person.id))
        for person in people
        if person.staff_role is not StaffRole.OWNER
    ]
    add = button(t.plain("panel.team.add"), data("team.add"))
    return screen(t, "\n\n".join([t("panel.team.title"), card(*lines), t("panel.team.about")]), add, *pairs(rows))


def member(t: Texts, person: Customer, note: str | None = None) -> Screen:
    """One person and the roles they can be given. note: a line above, of what was just done."""
    role = person.staff_role
    lines = [note] if note else []
    lines.append(card(t("panel.team.name", name=person.mention, id=person.telegram_id), _role(t, role)))
    give = [
        button(t.plain("panel.team.give", role=t.plain(f"panel.role.{each}")), data("team.give", person.id, each))
        for each in GIVEN
        if each is not role
    ]
    take = button(t.plain("panel.team.take"), data("team.take", person.id)) if role is not None else None
    rows = pairs(give) if role is not StaffRole.OWNER else []
    return screen(t, "\n\n".join(lines), *rows, take if role is not StaffRole.OWNER else None, back="team", deep=True)


def _role(t: Texts, role: StaffRole | None) -> str:
    return t("panel.team.role", role=t.plain(f"panel.role.{role}") if role else "–")
