"""The operator's people: who has which role."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from bot.formats import brief, quote
from bot.keyboards import button, copy
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import card, pairs, role_word, screen
from bot.texts import Texts
from subscriptions.application.team.invite_colleague import MadeInvitation
from subscriptions.domain.entities.customer import Customer, Role, StaffRole
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import ASSIGNABLE_ROLES, StaffAction

_ROLES: Final = 8
"""So many roles fit beside what permissions are called; the console has all of them."""
_LINE: Final = 120


def team(t: Texts, people: Sequence[Customer], invitations: Sequence[Row] = (), note: str = "") -> Screen:
    """Everybody, a button for each who is no owner, and one for each invitation that is still to be decided."""
    lines = [t("panel.team.line", name=person.mention, role=role_word(t, person.staff_role)) for person in people]
    rows = [
        button(t.plain("panel.team.button", name=person.mention), data("team.card", person.id))
        for person in people
        if person.staff_role is not StaffRole.OWNER
    ]
    open_ones = [button(f"✉️ {_row_label(t, row)}", data("inv", UUID(row["id"]))) for row in invitations]
    ways = [button(t.plain("panel.team.add"), data("team.add")), button(t.plain("panel.team.invite"), data("inv.new"))]
    ways.append(button(t.plain("panel.team.roles"), data("roles")))
    parts = [note, t("panel.team.title"), card(*lines), t("panel.team.about")]
    return screen(t, "\n\n".join(part for part in parts if part), *ways, *open_ones, *pairs(rows))


def roles(t: Texts, rows: Sequence[Row], note: str = "") -> Screen:
    """The operator's own roles, to be changed or removed, and what permissions are called where they are typed."""
    lines = [
        t("panel.team.own_line", role=row["role_name"], n=row["people"], may=_shorten(", ".join(row["may"].split())))
        for row in rows[:_ROLES]
    ]
    acts = [
        [
            button(f"✏️ {row['role_name']}", data("role.edit", UUID(row["id"]))),
            button(f"🗑 {row['role_name']}", data("role.rm", UUID(row["id"]))),
        ]
        for row in rows[:_ROLES]
    ]
    word_lines = [f"<code>{each}</code> {t('commands.choice.' + each.replace('.', '_'))}" for each in StaffAction]
    legend = quote(*word_lines, folds=True)
    text = "\n\n".join(part for part in (note, t("panel.team.own"), *lines, legend) if part)
    return screen(
        t, text, button(t.plain("commands.make_role.label"), data("role.new")), *acts, back_to="team", deep=True
    )


def _shorten(text: str) -> str:
    return text if len(text) <= _LINE else f"{text[: _LINE - 1]}…"


def invitation(t: Texts, row: Row) -> Screen:
    """One invitation: who opened it, whom to let in or not."""
    invitation_id = UUID(row["id"])
    confirm = button(t.plain("commands.confirm_invitation.label"), data("inv.yes", invitation_id))
    revoke = button(t.plain("commands.revoke_invitation.label"), data("inv.no", invitation_id))
    if row["state"] == "open":
        end = brief(t, row["expires_at"])
        return screen(t, t("panel.team.waiting", role=_word(t, row), until=end), revoke, back_to="team", deep=True)
    facts = {"name": row["first_name"] or "–", "user": _user(row), "id": row["telegram_id"] or "–"}
    text = t("panel.team.opened", role=_word(t, row), at=brief(t, row["opened_at"]), **facts)
    return screen(t, text, confirm, revoke, back_to="team", deep=True)


def invitation_link(t: Texts, invitation: MadeInvitation) -> Screen:
    """The link itself, which is shown nowhere else."""
    if invitation.link is None:
        return screen(t, t("panel.team.gone"), back_to="team")
    return screen(
        t,
        t("panel.team.made", link=invitation.link),
        copy(t.plain("buttons.copy_link"), invitation.link),
        back_to="team",
    )


def _row_label(t: Texts, row: Row) -> str:
    return f"{_word(t, row)} · {row['first_name'] or _user(row)}" if row["state"] == "opened" else _word(t, row)


def _user(row: Row) -> str:
    return f"@{row['username']}" if row["username"] else "–"


def _word(t: Texts, row: Row) -> str:
    return role_word(t, row["role"])


def member(t: Texts, person: Customer, note: str | None = None) -> Screen:
    """One person and the roles they can be given. note: a line above, of what was just done."""
    role = person.staff_role
    lines = [note] if note else []
    lines.append(card(t("panel.team.name", name=person.mention, id=person.telegram_id), _role(t, role)))
    give = [
        button(t.plain("panel.team.give", role=t.plain(f"panel.role.{each}")), data("team.give", person.id, each))
        for each in ASSIGNABLE_ROLES
        if each is not role
    ]
    give.append(button(t.plain("panel.team.other"), data("c.role", person.id)))
    take = button(t.plain("panel.team.take"), data("team.take", person.id)) if role is not None else None
    rows = pairs(give) if role is not StaffRole.OWNER else []
    return screen(
        t, "\n\n".join(lines), *rows, take if role is not StaffRole.OWNER else None, back_to="team", deep=True
    )


def _role(t: Texts, role: Role | None) -> str:
    return t("panel.team.role", role=role_word(t, role) if role else "–")
