"""Screens that «Ya pagué, verificar» shows after checking a payment. Each shows the time of the check, so that the
customer can recognize a repeated check.
"""

from datetime import datetime

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.formats import clock_time
from bot.keyboards import back_to_plan, button, keyboard, new_page, other_methods, pays
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.checkout.pay_messages import LapsedPurchase
from subscriptions.application.views.show_status import OpenOrderView

Purchase = OpenOrderView | LapsedPurchase
"""Order that can be paid, before or after its checkout has expired."""


def payment_found(t: Texts, order: Purchase, now: datetime) -> Screen:
    """Report that the provider has received the payment. A separate message follows with the access."""
    return _screen(t, "found", order, now, _look_again(t, order))


def payment_pending(t: Texts, order: Purchase, now: datetime) -> Screen:
    """Report that the customer has paid but the provider has not confirmed the payment yet."""
    return _screen(t, "pending", order, now, _look_again(t, order))


def nothing(t: Texts, order: Purchase, now: datetime) -> Screen:
    """Report that the provider has no record of a payment.

    The screen names no deadline, because a checkout may end early.
    """
    pay = pays(t.plain("buttons.pay"), order.url) if order.url is not None else None
    again_button = button(t.plain("buttons.paid"), callbacks.verify(order.soft_id))
    fresh = new_page(t, order.provider, order.soft_id) if order.provider else other_methods(t, order.soft_id)
    key = "nothing" if order.url is not None else "lapsed"
    return _screen(t, key, order, now, pay, fresh, again_button, back_to_plan(t, order.soft_id))


def lapsed_purchase(t: Texts, order: LapsedPurchase) -> Screen:
    """Return the screen that replaces a message whose checkout has expired. Its buttons offer the same plan
    and method.
    """
    text = t("checkout.lapsed", plan=order.plan_name, price=order.price, reference=order.reference)
    if order.for_another:
        fresh = button(t.plain("buttons.new_page"), callbacks.pay_for_another(order.provider, order.soft_id))
        paid_it = button(t.plain("buttons.paid"), callbacks.paid_for_another(order.soft_id))
        return Screen(text, keyboard(fresh, paid_it, back_to_plan(t, order.soft_id)))
    again_button = button(t.plain("buttons.paid"), callbacks.verify(order.soft_id))
    buttons = (new_page(t, order.provider, order.soft_id), other_methods(t, order.soft_id), again_button)
    return Screen(text, keyboard(*buttons, back_to_plan(t, order.soft_id)))


def unreachable(t: Texts, order: Purchase, now: datetime) -> Screen:
    """Report that the provider does not answer, so the status is unknown."""
    again_button = button(t.plain("buttons.retry"), callbacks.verify(order.soft_id))
    return _screen(t, "unreachable", order, now, again_button, back_to_plan(t, order.soft_id))


def paid_purchase(t: Texts, reference: str, *, is_counted: bool = True) -> Screen:
    """Return the screen that replaces a message with a checkout link after the payment. is_counted: False if the
    payment did not pay the order and is under review.
    """
    return Screen(t("verify.paid" if is_counted else "verify.under_review", reference=reference))


def _look_again(t: Texts, order: Purchase) -> InlineKeyboardButton:
    return button(t.plain("buttons.refresh"), callbacks.verify(order.soft_id))


def _screen(t: Texts, key: str, order: Purchase, now: datetime, *buttons: InlineKeyboardButton | None) -> Screen:
    text = t(
        f"verify.{key}",
        plan=order.plan_name,
        price=order.price,
        reference=order.reference,
        at=clock_time(t, now),
    )
    return Screen(text, keyboard(*buttons))
