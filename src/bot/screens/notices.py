"""Messages the product owes somebody, rendered when they are sent."""

from collections.abc import Callable, Mapping
from typing import Final

from aiogram.types import InlineKeyboardMarkup

from bot import callbacks
from bot.formats import moment_of
from bot.keyboards import button, keyboard, link, plans_button
from bot.screens import Screen
from bot.texts import Texts, texts_for
from subscriptions.domain.entities import notification as kinds
from subscriptions.domain.entities.notification import Notification

Facts = Mapping[str, str]


def render(notification: Notification) -> Screen:
    """The message in its recipient's language. Raises KeyError for a kind without a text: a test holds that."""
    t, facts = texts_for(notification.language), notification.params
    if notification.kind == kinds.ALARM:
        return Screen(_alarm(t, facts))
    key = f"notices.{notification.kind}"
    if notification.kind == kinds.PAYMENT_FLAGGED:
        reason = facts.get("reason", "")
        key = f"{key}.{reason if t.has(f'{key}.{reason}') else 'other'}"
    shown = {name: moment_of(t, value) if name in _MOMENTS else value for name, value in facts.items()}
    make = _BUTTONS.get(notification.kind)
    return Screen(t(key, **shown), make(t, facts) if make else None)


_MOMENTS: Final = frozenset({"until", "expires"})


def _join(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    return keyboard(link(t.plain("buttons.join", plan=facts["plan_name"]), facts["url"]))


def _undo(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    # The message stays in the chat: what it takes back is named, however many there are by then.
    return keyboard(button(t.plain("buttons.undo"), callbacks.undo_cancel(facts["soft_id"])))


def _return(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    again = button(t.plain("buttons.return", plan=facts["plan"]), callbacks.subscribe(facts["soft_id"]))
    return keyboard(again if facts["soft_id"] else None, plans_button(t))


_BUTTONS: Final[Mapping[str, Callable[[Texts, Facts], InlineKeyboardMarkup | None]]] = {
    kinds.INVITE_READY: _join,
    kinds.CANCELED: _undo,
    kinds.EXPIRED: _return,
}


def _alarm(t: Texts, facts: Facts) -> str:
    kind = facts.get("alarm", "")
    known = f"alarms.{kind}"
    # A kind without a text of its own is still told.
    head = t(known) if kind not in {"fact", "other"} and t.has(known) else t("alarms.other", kind=kind)
    lines = [
        t("alarms.fact", name=t.plain(f"alarms.names.{name}") if t.has(f"alarms.names.{name}") else name, value=value)
        for name, value in facts.items()
        if name != "alarm"
    ]
    return "\n".join([f"🚨 <b>{head}</b>", *lines])
