"""Screens of lists in the chat, and of a row's card, both rendered from the list's columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import Any
from uuid import UUID

from aiogram.types import InlineKeyboardButton
from babel.numbers import format_decimal

from bot.formats import brief, calendar_day, day, refusal
from bot.keyboards import button, copy
from bot.panel.command_buttons import command_buttons
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import HOME, card, pairs, screen, turns, up
from bot.texts import Texts
from subscriptions.application.lists.columns import CARD, DASH, Column, Interface, Link, Look, Piece
from subscriptions.application.lists.list_model import ListModel
from subscriptions.application.views.amounts import format_number, rewritten, with_minus
from subscriptions.application.views.refusals import Verbatim
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.views import Row


@dataclass(frozen=True, kw_only=True)
class PanelList:
    """Declaration of a list in the chat.

    name: the list's name. page, card: names of the panel pages for the list and for one row. label: columns shown on a
    row's button; the first column is the heading of the row's card. parent: page that «⬅️ Volver» opens; by
    default the menu section. links: pages that the list links to. legend: function that returns the explanation below
    the list.
    """

    name: str
    page: str
    card: str
    label: Sequence[str]
    parent: str = HOME
    links: Sequence[str] = ()
    legend: Callable[[Texts], str] = field(default=lambda _: "")


class ChatSpeaker:
    """The chat's implementation of `Speaker`, which provides texts and formats for list columns."""

    def __init__(self, t: Texts) -> None:
        self._t = t

    def __call__(self, key: str, /, **facts: object) -> str:
        """Return the text of a key with the given facts, in the singular form for one item."""
        one = f"{_key(key)}_1"
        return self._t.plain(one if facts.get("n") == 1 and self._t.has(one) else _key(key), **facts)

    def one_of(self, table: str, name: object) -> str:
        """Return the text for a value from a table of texts, or the value itself if the table does not contain it."""
        key = f"{_key(table)}.{str(name).replace('.', '_')}"
        return self._t.plain(key) if self._t.has(key) else str(name)

    def moment(self, at: datetime | None) -> str:
        """Return a date and time, or a dash for None."""
        return brief(self._t, at) if at else "–"

    def day(self, at: datetime | None) -> str:
        """Return a date, or a dash for None."""
        return day(self._t, at) if at else "–"

    def whole_day(self, whole: date) -> str:
        """Format a calendar date, which has no time zone."""
        return calendar_day(self._t, whole)

    def number(self, count: float) -> str:
        """Return a number as text."""
        return with_minus(format_decimal(count, "#,##0.#", locale=self._t.locale))

    def decimal(self, number: Decimal) -> str:
        """Format a decimal number for the language."""
        return format_number(number, self._t.language)

    def format_stored(self, text: str) -> str:
        """Format a percentage or amounts that are stored as text for the language."""
        return rewritten(text, self._t.language)

    def event(self, note: str) -> str:
        """Return the recorded result of a payment event unchanged."""
        return note

    def why(self, reason: str) -> str:
        """Return the text for the reason given for a staff command."""
        return self.one_of("why", reason)

    def refusal(self, reason: str) -> str:
        """Return the text for the reason why an external call failed."""
        return refusal(self._t, reason)

    def provider(self, code: str) -> str:
        """Return the code of a provider unchanged."""
        return code

    def alarm(self, kind: str, facts: object) -> str:
        """Return the description of an alarm, or its kind if there is no text for it."""
        key, names = f"alarms.{kind}", facts if isinstance(facts, Mapping) else {}
        try:
            return self._t.plain(key, **names) if self._t.has(key) else kind
        except (LookupError, ValueError):
            # The alarm's facts and its text do not agree. The other alarms are still shown.
            return kind

    def did(self, action: str, facts: object) -> tuple[str, bool]:
        """Return a staff command's name, and False because it is not a full sentence: the chat has no texts for
        completed commands.
        """
        return action, False


def _key(name: str) -> str:
    """Return the key of a column's text: a text of the chat for names with the prefix `chat.`, else a text shared by
    lists.
    """
    return name.removeprefix("chat.") if name.startswith("chat.") else f"lists.{name}"


def page_of_list(
    t: Texts,
    panel_list: PanelList,
    model: ListModel,
    rows: Sequence[Row],
    role: Role | None,
    note: str = "",
    number: int = 0,
    *,
    more: bool = False,
) -> Screen:
    """Return a page of a list: a button for each row, and the commands that create a row. note: result of the previous
    command.
    """
    title, name = t.plain(f"panel.way.{panel_list.page}"), panel_list.name
    words = t.plain(f"lists.about.{name}" if rows else f"lists.empty.{name}")
    legend = "" if note or number else panel_list.legend(t)
    parts = (note, f"<b>{escape(title)}</b>", escape(words), legend)
    by_time = model.is_descending and model.sort.type == "timestamptz"
    return screen(
        t,
        "\n\n".join(part for part in parts if part),
        *command_buttons(t, role, model.begin if number == 0 else ()),
        *(button(f"{_icon(title)} {label_of(t, panel_list, model, row)}", _opens(panel_list, row)) for row in rows),
        turns(t, panel_list.page, number, more, newest_first=by_time),
        *(button(t.plain(f"panel.way.{page}"), data(page)) for page in panel_list.links),
        back_to=panel_list.parent if panel_list.parent != HOME else up(panel_list.page),
        deep=panel_list.parent != HOME,
    )


def card_of_row(
    t: Texts,
    panel_list: PanelList,
    model: ListModel,
    row: Row,
    role: Role | None,
    note: str = "",
    *extra_buttons: InlineKeyboardButton,
) -> Screen:
    """Return the card of a row with its non-empty columns and its commands.

    note: result of the previous command. extra_buttons: additional buttons shown only this time.
    """
    icon = _icon(t.plain(f"panel.way.{panel_list.page}"))
    head, *others = _columns(panel_list, model)
    lines = [
        f"{escape(t.plain(f'lists.column.{column.name}'))}: {pieces}"
        for column in [*others, *(each for each in model.columns_for(CARD) if each not in (head, *others))]
        if (pieces := _html(t, column, row))
    ]
    parts = (note, f"{icon} <b>{_html(t, head, row) or escape(label_of(t, panel_list, model, row))}</b>", card(*lines))
    commands = command_buttons(t, role, model.commands(row), UUID(str(row["id"])))
    links = [each.name for each in model.columns_for(CARD) if isinstance(each, Link) and row[each.name]]
    copies = [copy(t.plain("buttons.copy_link"), row[name]) for name in links]
    text = "\n\n".join(part for part in parts if part)
    return screen(t, text, *extra_buttons, *copies, *pairs(commands), back_to=panel_list.page, deep=True)


def label_of(t: Texts, panel_list: PanelList, model: ListModel, row: Row) -> str:
    """Return the label of a row's button."""
    # Technical names are shown only on the card.
    cells = [
        [_text(t, piece) for piece in _pieces(t, column, row) if piece.look is not Look.BELOW]
        for column in _columns(panel_list, model)
    ]
    return " · ".join(" ".join(texts) for texts in cells if texts)


def _columns(panel_list: PanelList, model: ListModel) -> Sequence[Column]:
    columns = {each.name: each for each in model.columns_for(Interface.STAFF)}
    return [columns[name] for name in panel_list.label]


def _opens(panel_list: PanelList, row: Row) -> str:
    return data(panel_list.card, UUID(str(row["id"])))


def _icon(title: str) -> str:
    return title.partition(" ")[0]


def _pieces(t: Texts, column: Column, row: Row) -> Sequence[Piece]:
    return [piece for piece in column.pieces(row, ChatSpeaker(t)) if piece != DASH and piece.text not in ("–", "")]


def _html(t: Texts, column: Column, row: Row) -> str:
    return " ".join(_markup(piece, escape(_text(t, piece))) for piece in _pieces(t, column, row))


def _markup(piece: Piece, text: str) -> str:
    is_code = piece.look in {Look.CODE, Look.BELOW} or isinstance(piece.text, Verbatim)
    return f"<code>{text}</code>" if is_code else text


def _text(t: Texts, piece: Piece) -> str:
    text: Any = piece.text
    return str(t.money(text) if isinstance(text, Money) else text)
