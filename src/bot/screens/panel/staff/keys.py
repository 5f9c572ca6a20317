"""Keys of the operator's own programs, as owners see them."""

from collections.abc import Sequence
from html import escape
from uuid import UUID

from bot.formats import brief
from bot.keyboards import button, copy
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import screen
from bot.texts import Texts
from subscriptions.application.staff.api_keys import MadeKey
from subscriptions.domain.ports.repositories.views import Row


def keys(t: Texts, rows: Sequence[Row], note: str = "") -> Screen:
    """All of them, with what was just done above."""
    parts = (
        [note, t("keys.title"), *(_line(t, row) for row in rows)] if rows else [note, t("keys.title"), t("keys.none")]
    )
    buttons = [button(f"🔑 {row['key_name']}", data("key", UUID(row["id"]))) for row in rows]
    return screen(
        t, "\n\n".join(part for part in parts if part), button(t.plain("keys.new"), data("key.new")), *buttons
    )


def key(t: Texts, row: Row) -> Screen:
    """One of them, and what can be done with it."""
    key_id = UUID(row["id"])
    confirm = button(t.plain("keys.confirm"), data("key.confirm", key_id)) if row["opens"] == "held" else None
    revoke = button(t.plain("keys.revoke"), data("key.revoke", key_id))
    text = "\n\n".join([_line(t, row), t("keys.sure")])
    return screen(t, text, confirm, revoke, back_to="keys", deep=True)


def new_key(t: Texts, made_key: MadeKey) -> Screen:
    """The key itself, which is shown nowhere else."""
    if made_key.secret is None:
        return screen(t, t("keys.gone", key=made_key.key), back_to="keys")
    text = t("keys.made", key=made_key.key, secret=made_key.secret)
    return screen(t, text, copy(t.plain("keys.copy"), made_key.secret), back_to="keys")


def _line(t: Texts, row: Row) -> str:
    return t(
        "keys.line",
        key=row["key_name"],
        may=", ".join(escape(t.plain(f"commands.choice.{each}")) for each in row["may"].split()),
        used=brief(t, row["last_used_at"]) if row["last_used_at"] else t.plain("keys.never"),
        state=t.plain(f"keys.{row['opens']}"),
    )
