"""Screens of a pause of a subscription: the explanation, the confirmation, and the early end."""

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.formats import day
from bot.keyboards import button, keyboard
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.subscriptions.pause_subscription import PauseView
from subscriptions.application.views.show_status import SubscriptionView


def card(t: Texts, view: PauseView) -> Screen:
    """Return the screen that explains a pause before the customer confirms it."""
    sure = button(t.plain("buttons.pause_sure"), callbacks.pause(view.soft_id, sure=True))
    return Screen(_text(t, "card", view), keyboard(sure, _status(t)))


def confirmation(t: Texts, view: PauseView) -> Screen:
    """Confirm that the pause of the subscription is scheduled."""
    return Screen(_text(t, "done", view), keyboard(_go_on(t, view), _status(t)))


def going_on(t: Texts, view: PauseView) -> Screen:
    """Return the screen that explains the early end of a pause before the customer confirms it."""
    key = "go_on" if view.is_paused else "keep_on"
    sure = button(t.plain("buttons.go_on_sure"), callbacks.go_on(view.soft_id, sure=True))
    return Screen(_text(t, key, view), keyboard(sure, _status(t)))


def end(t: Texts, ended_pause: PauseView, wait: PauseView | None) -> Screen:
    """Confirm the early end of a pause. wait: the pause if the resulting charge is still pending, else None."""
    if wait is not None:
        text = _text(t, "waits", wait)
    else:
        text = _text(t, "back" if ended_pause.is_paused else "dropped", ended_pause)
    return Screen(text, keyboard(_status(t)))


def decline(t: Texts, view: PauseView) -> Screen:
    """Report that the bank declined the charge that was due at the end of the pause."""
    card = button(t.plain("buttons.change_card"), callbacks.mend("card", view.soft_id))
    again_button = button(t.plain("buttons.retry"), callbacks.go_on(view.soft_id))
    return Screen(_text(t, "declined", view), keyboard(card, again_button, _status(t)))


def failure(t: Texts, data: str) -> Screen:
    """Report that the provider did not answer the request to pause or resume. data: callback data that the retry button
    repeats.
    """
    return Screen(t("pause.failed"), keyboard(button(t.plain("buttons.retry"), data), _status(t)))


def impossible(t: Texts) -> Screen:
    """Report that the subscription cannot be paused or is not paused."""
    return Screen(t("pause.impossible"), keyboard(_status(t)))


def line(t: Texts, item: SubscriptionView) -> str | None:
    """Return the line about a pause for the status card; None if the subscription is not paused."""
    if item.pause_until is None or item.access_until is None:
        return None
    end = day(t, item.pause_until)
    if item.is_paused or item.access_until >= item.pause_until:
        return t("pause.status_until", until=end)
    return t("pause.status", starts=day(t, item.access_until), until=end)


def buttons(t: Texts, item: SubscriptionView, *, pauses: bool, several: bool) -> list[InlineKeyboardButton]:
    """Return the pause buttons for the status card.

    pauses: True if the provider supports pauses. several: True if the customer has several subscriptions, so the button
    includes the plan's name.
    """
    word = "go_on" if item.pause_until is not None else "pause" if item.pausable and pauses else None
    if word is None:
        return []
    text = t.plain(f"buttons.{word}_for", plan=item.plan_name) if several else t.plain(f"buttons.{word}")
    return [button(text, callbacks.go_on(item.soft_id) if word == "go_on" else callbacks.pause(item.soft_id))]


def _text(t: Texts, key: str, view: PauseView) -> str:
    end, starts = day(t, view.charge_at), day(t, view.starts)
    return t(f"pause.{key}", plan=view.plan_name, starts=starts, until=end, price=view.price)


def _go_on(t: Texts, view: PauseView) -> InlineKeyboardButton:
    return button(t.plain("buttons.go_on"), callbacks.go_on(view.soft_id))


def _status(t: Texts) -> InlineKeyboardButton:
    return button(t.plain("buttons.status"), callbacks.STATUS)
