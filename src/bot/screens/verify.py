"""What «Ya pagué, verificar» answers; the time of the look stands on each, so that a second one is seen to be new."""

from datetime import datetime

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.formats import clock_time, moment
from bot.keyboards import back_to_plan, button, keyboard, link
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.views.show_status import OpenOrderView


def found(t: Texts, order: OpenOrderView, now: datetime) -> Screen:
    """The provider has the money; the rest follows by itself."""
    return _screen(t, "found", order, now, _look_again(t, order))


def pending(t: Texts, order: OpenOrderView, now: datetime) -> Screen:
    """The payer has done their part, and the money is still to be confirmed."""
    return _screen(t, "pending", order, now, _look_again(t, order))


def nothing(t: Texts, order: OpenOrderView, now: datetime) -> Screen:
    """The provider knows of no payment yet."""
    if order.url is None:
        pay = button(t.plain("buttons.subscribe"), callbacks.subscribe(order.soft_id))
    else:
        pay = link(t.plain("buttons.pay"), order.url)
    again = button(t.plain("buttons.paid"), callbacks.verify(order.soft_id))
    return _screen(t, "nothing", order, now, pay, again, back_to_plan(t, order.soft_id))


def unreachable(t: Texts, order: OpenOrderView, now: datetime) -> Screen:
    """The provider does not answer, so nothing is known."""
    again = button(t.plain("buttons.retry"), callbacks.verify(order.soft_id))
    return _screen(t, "unreachable", order, now, again, back_to_plan(t, order.soft_id))


def paid(t: Texts, reference: str, *, counted: bool = True) -> Screen:
    """What is left of a message that led to a payment, once it arrived. counted: it paid the order."""
    return Screen(t("verify.paid" if counted else "verify.under_review", reference=reference))


def _look_again(t: Texts, order: OpenOrderView) -> InlineKeyboardButton:
    return button(t.plain("buttons.refresh"), callbacks.verify(order.soft_id))


def _screen(t: Texts, key: str, order: OpenOrderView, now: datetime, *buttons: InlineKeyboardButton) -> Screen:
    text = t(
        f"verify.{key}",
        plan=order.plan_name,
        price=order.price,
        until=moment(t, order.expires_at),
        reference=order.reference,
        at=clock_time(t, now),
    )
    return Screen(text, keyboard(*buttons))
