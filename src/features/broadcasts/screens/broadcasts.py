"""Screens of a broadcast: the draft, its progress, and its result."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot.formats import moment, refusal
from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import Row, card, pairs, screen, turns, up
from bot.texts import Texts
from features.broadcasts.domain import Audience, Broadcast, BroadcastStatus
from features.broadcasts.use_cases.progress import Progress
from features.broadcasts.use_cases.see_broadcasts import AudienceSize, BroadcastView
from features.broadcasts.words import (
    FIGURES,
    command_names,
    commonest,
    opening_lines,
    status_word,
    what,
    whom,
)
from subscriptions.domain.errors import InvalidInput

_LINE: Final = 40


def broadcast_list(t: Texts, views: Sequence[BroadcastView], page: int, *, more: bool) -> Screen:
    """Return the list of broadcasts, the newest first."""
    rows: list[Row] = [button(t.plain("casts.new"), data("cast.new"))]
    rows += [button(_line(t, each), data("cast", each.broadcast.id)) for each in views]
    text = "\n\n".join([t("casts.title"), t("casts.about") if views else t("casts.none")])
    return screen(t, text, *rows, turns(t, "casts", page, more), back_to=up("casts"))


def _line(t: Texts, view: BroadcastView) -> str:
    icon = t.plain(f"casts.icon.{status_word(view.broadcast, view.progress)}")
    return f"{icon} {what(t.plain, view.broadcast, _LINE)}"


def _audience_text(t: Texts, audience: Audience | None, size: AudienceSize | None, names: Mapping[str, str]) -> str:
    if audience is None or size is None:
        return t("casts.to", whom=t.plain("casts.nobody_yet"))
    number = t.count("casts.channels" if audience.channels else "casts.people", size.reachable)
    text = t("casts.to", whom=f"{whom(t.plain, audience, names)} ({number})")
    unreachable = size.all - size.reachable
    return f"{text}\n{t.count('casts.blocked', unreachable)}" if unreachable else text


def draft(
    t: Texts, item: Broadcast, size: AudienceSize | None, names: Mapping[str, str], note: str | None = None
) -> Screen:
    """Return the screen of a broadcast that has not started."""
    waits = item.status is BroadcastStatus.SCHEDULED
    lines = [note] if note else []
    lines.append(t("casts.scheduled" if waits else "casts.draft"))
    lines.append(
        card(
            t("casts.says", what=what(t.plain, item)),
            _audience_text(t, item.audience, size, names),
            t("casts.with_buttons", n=sum(map(len, item.content.buttons))) if item.content.buttons else "",
            t("casts.at", at=moment(t, item.starts_at)) if item.starts_at is not None else "",
        )
    )
    if waits:
        return screen(
            t, "\n\n".join(lines), button(t.plain("casts.not_yet"), data("cast.stop", item.id)), back_to="casts"
        )
    has_audience = item.audience is not None
    buttons = [
        _button(t, item, name) for name in ("who", "chs", "look", "link", "at" if has_audience else "soon", "drop")
    ]
    return screen(
        t,
        "\n\n".join(lines),
        _button(t, item, "go") if has_audience else None,
        *pairs(buttons),
        back_to="casts",
        deep=True,
    )


def sure(t: Texts, item: Broadcast, size: AudienceSize, names: Mapping[str, str], note: str | None = None) -> Screen:
    """Ask for confirmation of the start, with the size of the audience."""
    lines = [*([note] if note else []), t("casts.sure"), card(_audience_text(t, item.audience, size, names))]
    channels = item.audience is not None and bool(item.audience.channels)
    key = "casts.go_channels" if channels else "casts.go_people"
    yes = button(t.count(key, size.reachable), data("cast.go2", item.id, item.seal)) if size.reachable else None
    return screen(t, "\n\n".join(lines), yes, back_to=data("cast", item.id))


def under_way(t: Texts, item: Broadcast) -> Screen:
    """Confirm that the broadcast was started."""
    return screen(t, t("casts.begun"), button(t.plain("casts.see"), data("cast", item.id)), back_to="casts")


def going(
    t: Texts, item: Broadcast, progress: Progress, note: str | None = None, back_to: str | None = "casts"
) -> Screen:
    """Return the screen with a broadcast's progress or result. back_to: target of the back button; None for the
    progress card in the author's chat, which has no back button.
    """
    channels = item.audience is not None and bool(item.audience.channels)
    lines = [note] if note else []
    lines += [
        t(f"casts.state.{status_word(item, progress)}"),
        card(t("casts.says", what=what(t.plain, item))),
        *_figures(t, progress),
    ]
    if channels and item.status is not BroadcastStatus.WITHDRAWN:
        lines.append(t("casts.channels_stay"))
    return screen(t, "\n\n".join(lines), *pairs(_buttons(t, item, progress)), back_to=back_to)


def _figures(t: Texts, progress: Progress) -> list[str]:
    figures = {name: getattr(progress, name) for name in FIGURES}
    lines = [t(f"casts.figure.{name}", n=n, of=progress.total) for name, n in figures.items() if n or name == "sent"]
    reasons = [t("casts.reason", why=reason, n=n) for reason, n in commonest(progress.reasons, partial(refusal, t))]
    return ["\n".join([*lines, *reasons, *opening_lines(t, progress)])]


def _buttons(t: Texts, item: Broadcast, progress: Progress) -> list[InlineKeyboardButton]:
    buttons = [_button(t, item, name) for name in command_names(item, progress.unknown)]
    return [*buttons, button(t.plain("casts.refresh"), data("cast", item.id))]


def _button(t: Texts, item: Broadcast, name: str) -> InlineKeyboardButton:
    return button(t.plain(f"casts.way.{name}"), data(f"cast.{name}", item.id))


def withdraw(t: Texts, item: Broadcast) -> Screen:
    """Ask for confirmation before the broadcast is deleted from all chats."""
    yes = button(t.plain("casts.take_yes"), data("cast.take2", item.id))
    return screen(t, t("casts.take_sure"), yes, back_to=data("cast", item.id))


def limit_refusal(t: Texts, reason: InvalidInput) -> Screen:
    """Report that the content exceeds Telegram's limits for bots. reason: error with the exceeded limit."""
    key = f"casts.refused.{reason.field}"
    return screen(t, t(key if t.has(key) else "casts.refused.other"), back_to="casts")


def album(t: Texts) -> Screen:
    """Confirm that a further message was added to an album."""
    return screen(t, t("casts.one_more"), back_to="casts")
