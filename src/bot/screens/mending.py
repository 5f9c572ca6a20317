"""Screens with links to the provider's billing pages, to change the card or to pay a failed charge. The links are
created when the button is pressed.
"""

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.keyboards import button, keyboard, link, other_methods, pays
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.subscriptions.show_pages import PagesView


def buttons(
    t: Texts,
    soft_id: str,
    plan: str = "",
    *,
    pay_first: bool = False,
    has_pages: bool = True,
    is_payable: bool = False,
) -> list[InlineKeyboardButton]:
    """Return the buttons to change the card, to pay the failed charge, and to pay by another method.

    plan: the plan's name if the customer has several plans. pay_first: True to put the payment button first. has_pages:
    True if the provider has billing pages. is_payable: True if the plan can be paid by another method.
    """
    suffix = f": {t.translate(plan)}" if plan else ""
    both = [
        button(f"{t.plain('buttons.update_card')}{suffix}", callbacks.mend("card", soft_id)),
        pays(f"{t.plain('buttons.pay_now')}{suffix}", data=callbacks.mend("pay", soft_id)),
    ]
    pages = both[::-1] if pay_first else both
    return [*(pages if has_pages else []), *([other_methods(t, soft_id, suffix)] if is_payable else [])]


def pages(t: Texts, view: PagesView, choice: str) -> Screen:
    """Return the links to the provider's billing pages.

    choice: the pressed button, `card` or `pay`. If the provider has no page for this choice, the other page is offered.
    """
    pages = view.pages
    card = pages.card if pages is not None else None
    pay = pages.pay if pages is not None else None
    way = "pay" if pay and (choice == "pay" or not card) else "card" if card else "elsewhere"
    if not view.owed:
        way = "next_card" if card else "no_page"
    both = [
        pays(t.plain("buttons.pay_now"), pay) if pay else None,
        link(t.plain("buttons.update_card"), card) if card else None,
    ]
    pages_in_order = both if way == "pay" else both[::-1]
    again_button = button(t.plain("buttons.status"), callbacks.STATUS)
    return Screen(t(f"mending.{way}", plan=view.plan_name), keyboard(*pages_in_order, again_button))


def nothing_owed(t: Texts) -> str:
    """Return the line above the status card that says that the charge is already paid."""
    return t("mending.nothing")


def failure(t: Texts, way: str, soft_id: str) -> Screen:
    """Report that the provider did not answer the request for its billing pages."""
    retry = button(t.plain("buttons.retry"), callbacks.mend(way, soft_id))
    return Screen(t("mending.failed"), keyboard(retry, button(t.plain("buttons.status"), callbacks.STATUS)))
