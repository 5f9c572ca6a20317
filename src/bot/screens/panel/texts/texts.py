"""Screens of custom texts: the groups, the texts of a group, and the card of a text with its preview."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import card as quote_card
from bot.screens.panel.frame import pairs, screen, turns, up
from bot.texts import Texts
from subscriptions.application.dto.languages import language_name
from subscriptions.application.texts.list_texts import TextLayer, TextView
from subscriptions.domain.entities.custom_text import TextId

_BEGINNING: Final = 40


def part_of(key: str) -> str:
    """Return the group of a text: a part of the chat, or a web page."""
    parts = key.split(".")
    return ".".join(parts[: 2 if parts[0] == "pages" else 1])


def groups(t: Texts, names: Mapping[int, str], page: int, *, more: bool) -> Screen:
    """Return a page of the list of groups. names: the groups' names by their index, in ascending order."""
    buttons = [button(_part(t, name), data("texts.of", 0, number)) for number, name in names.items()]
    turn = turns(t, "texts", page, more, newest_first=False)
    return screen(t, t("texts.groups"), *pairs(buttons), turn, back_to=up("texts"))


def text_list(t: Texts, name: str, number: int, views: Sequence[TextView], page: int, *, more: bool) -> Screen:
    """Return a page of a group's texts. number: the group's index."""
    buttons = [button(_beginning(view), data("text", view.id.uuid)) for view in views]
    return screen(
        t,
        t("texts.group", name=_part(t, name)),
        *buttons,
        turns(t, "texts.of", page, more, number, newest_first=False),
        back_to="texts",
        deep=True,
    )


def card(t: Texts, view: TextView, others: Sequence[TextId], note: str | None = None) -> Screen:
    """Return the card of a text. others: ids of the same text in the other languages."""
    language = language_name(view.id.language)
    lines = [
        note or "",
        t("texts.card", key=view.id.key, language=language, layer=t.plain(f"texts.layer.{view.layer}")),
        quote_card(escape(view.text)),
        t("texts.facts", names=", ".join(f"{{{name}}}" for name in view.facts) or "–", limit=view.longest),
    ]
    commands = [button(t.plain("commands.edit_text.label"), data("t.edit_text", view.id.uuid))]
    if view.layer is TextLayer.OPERATOR:
        commands.append(button(t.plain("commands.restore_text.label"), data("t.restore_text", view.id.uuid)))
    buttons = [button(language_name(each.language), data("text", each.uuid)) for each in others]
    return screen(t, "\n\n".join(line for line in lines if line), *commands, buttons, back_to="texts", deep=True)


def _part(t: Texts, name: str) -> str:
    """Return the name of a group, or its key if it has no name."""
    key = f"texts.part.{name}"
    return t.plain(key) if t.has(key) else name


def _beginning(view: TextView) -> str:
    plain_text = " ".join(re.sub(r"</?[a-z][^<>]*>", "", view.text).split())
    # Several texts may begin with the same words, so the label starts with the key.
    plain = f"{view.id.key.rpartition('.')[2]}: {plain_text}"
    mark = "✏️ " if view.layer is TextLayer.OPERATOR else "❓ " if view.layer is TextLayer.MISSING else ""
    return mark + (plain if len(plain) <= _BEGINNING else f"{plain[:_BEGINNING]}…")
