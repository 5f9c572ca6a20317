"""What plans open, as staff sees it."""

from collections.abc import Sequence
from uuid import UUID

from bot.formats import brief
from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import card, screen, turns
from bot.texts import Texts
from subscriptions.application.access.resource_kind import kind_named
from subscriptions.application.lists.columns import ALL, GIVES_BACK
from subscriptions.application.resources.add_content import AddContent
from subscriptions.application.resources.add_resource import AddResource
from subscriptions.application.resources.resource_acts import resource_acts
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.entities.resource import ResourceStatus
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import may

Rows = Sequence[Row]


def resources(t: Texts, rows: Rows, page: int, more: bool, role: Role | None, note: str | None = None) -> Screen:
    """A page of the list. note: a line above, of what was just done."""
    body = card(*(_line(t, row) for row in rows)) if rows else t("resources.none")
    text = "\n\n".join(part for part in (note or "", t("resources.title"), body) if part)
    buttons = [button(str(row["title"] or _kind(t, row))[:60], data("resource", UUID(str(row["id"])))) for row in rows]
    if may(role, AddResource.permission):
        buttons.append(button(t.plain(f"commands.{AddResource.name}.label"), data("shop.add")))
        buttons.append(button(t.plain(f"commands.{AddContent.name}.label"), data(f"shop.{AddContent.name}")))
    return screen(t, text, *buttons, turns(t, "resources", page, more, newest_first=False))


def resource(t: Texts, row: Row, role: Role | None, note: str | None = None) -> Screen:
    """One of them, with what can be done to it."""
    plans = t("resources.plans", plans=row["plans"]) if row["plans"] else t("resources.no_plans")
    facts = [
        plans,
        *(_group_lines(t, row) if _is_group(row) else ()),
        *([t("resources.arranged.discussion")] if "discussion" in str(row["arranged"]).split() else ()),
        *_rights(t, row),
        t("resources.people", inside=row["inside"], entitled=row["entitled"], leaving=row["leaving_now"]),
        *_guests(t, row),
        *([t("resources.retired")] if row["state"] == ResourceStatus.RETIRED else []),
    ]
    acts = [
        button(
            t.plain(f"commands.{act.name}.label"), data(f"r.{act.name.removesuffix('_resource')}", UUID(str(row["id"])))
        )
        for act in resource_acts(row["kind"], row["state"])
        if may(role, act.permission)
    ]
    text = "\n\n".join(part for part in (note or "", card(_line(t, row), *facts)) if part)
    return screen(t, text, *acts, back_to="resources", deep=True)


def _rights(t: Texts, row: Row) -> Sequence[str]:
    """What the bot may not do there, as it saw it last."""
    if row["rights"] is None:
        return ()
    words = str(row["rights"]).split()
    if words[0] == GIVES_BACK:
        return (t("resources.rights.kept"),)
    key = words[0] if words[0] in {ALL, "not_admin"} else "lacks"
    rights = ", ".join(t.plain(f"resources.right.{word}") for word in words) if key == "lacks" else ""
    return (t(f"resources.rights.{key}", rights=rights, at=brief(t, row["looked_at"])),)


def _guests(t: Texts, row: Row) -> Sequence[str]:
    """Who is inside without a right to be: those who are known, and how many more there are."""
    guest_lines = (t("resources.guests", n=row["guests"]),) if row["guests"] else ()
    counted_at = row["counted_at"]
    return (
        (*guest_lines, t("resources.unnamed", n=row["unnamed"], at=brief(t, counted_at)))
        if row["unnamed"]
        else guest_lines
    )


def _is_group(row: Row) -> bool:
    kind = kind_named(row["kind"])
    return kind is not None and kind.names_who_comes


def _group_lines(t: Texts, row: Row) -> Sequence[str]:
    """How a group is kept. The welcome is shown as it is typed: it may be any HTML of Telegram's."""
    habits = str(row["arranged"]).split()
    welcome = t("resources.arranged.welcome", welcome=str(row["welcome"])) if "welcome" in habits else None
    return (
        t(f"resources.arranged.{'tidy' if 'tidy' in habits else 'untidy'}"),
        welcome or t("resources.arranged.no_welcome"),
        t(f"resources.arranged.{'topics' if 'topics' in habits else 'no_topics'}"),
        *([t("resources.arranged.outsiders")] if "outsiders" in habits else []),
    )


def _line(t: Texts, row: Row) -> str:
    kind = _kind(t, row)
    return t("resources.line", title=row["title"], kind=kind) if row["title"] else t("resources.untitled", kind=kind)


def _kind(t: Texts, row: Row) -> str:
    key = f"resources.kind.{row['kind']}"
    return t.plain(key) if t.has(key) else str(row["kind"])
