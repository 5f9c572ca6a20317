"""Screens of a customer's data: the export, and the erasure after two confirmations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.formats import moment
from bot.keyboards import button, keyboard
from bot.screens import Screen
from bot.site import page
from bot.texts import Texts
from subscriptions.application.expiry.erase_person import Obstacle, Prospect
from subscriptions.domain.entities.customer import Customer


class ReadButtons(Protocol):
    """Reader of the buttons that a feature adds to the /mis_datos card."""

    async def __call__(self, customer: Customer, t: Texts) -> Sequence[InlineKeyboardButton]:
        """Return the buttons; empty if the feature has none for this customer."""
        ...


def card(t: Texts, base_url: str, more: Sequence[InlineKeyboardButton] = ()) -> Screen:
    """Return the card with the options to export and to erase the customer's data. more: buttons added by features."""
    export = button(t.plain("mydata.button.export"), callbacks.EXPORT_DATA)
    erase = button(t.plain("mydata.button.erase"), callbacks.ERASE_DATA)
    return Screen(t("mydata.card", privacy=page(t, base_url, "privacy")), keyboard(export, *more, erase))


def lately(t: Texts, next_at: datetime) -> Screen:
    """Report that the data was exported recently. next_at: time from which another export is possible."""
    return Screen(
        t("mydata.lately", again=moment(t, next_at)), keyboard(button(t.plain("buttons.back"), callbacks.MY_DATA))
    )


def erase(t: Texts, prospect: Prospect) -> Screen:
    """Return the first confirmation, which lists the access that the customer gives up and states which data
    is kept.
    """
    go_on = button(t.plain("mydata.button.go_on"), callbacks.ERASE_SURE)
    lines = [t("mydata.given", plan=each.plan, until=moment(t, each.access_end)) for each in prospect.given_up]
    lines += [
        t("mydata.given_waiting", plan=item.plan, left=t.unit("day", item.days))
        for each in prospect.given_up
        for item in each.waiting
    ]
    return Screen("\n\n".join([t("mydata.erase"), *lines, t("mydata.stays")]), keyboard(go_on, _keep(t)))


def sure(t: Texts, prospect: Prospect) -> Screen:
    """Return the second confirmation of an erasure."""
    erase_button = button(t.plain("mydata.button.now"), callbacks.ERASE_NOW)
    return Screen(t("mydata.sure_given" if prospect.given_up else "mydata.sure"), keyboard(erase_button, _keep(t)))


def erasure(t: Texts) -> Screen:
    """Report that the erasure is in progress. No further message is sent."""
    return Screen(t("mydata.done"))


def obstacle(t: Texts, what: Obstacle, plan_name: str, contact: str, soft_id: str = "") -> Screen:
    """Return the reason why an erasure is not possible yet, with the next step.

    contact: as in SUPPORT_CONTACT, may be empty. soft_id: slug of the plan that still renews, if that is the reason.
    """
    person = [t("mydata.contact", contact=contact)] if contact and what is Obstacle.BARRED else []
    return Screen(
        "\n\n".join([t(f"mydata.obstacle.{what}", about=plan_name), *person]), keyboard(*_next_steps(t, what, soft_id))
    )


def _keep(t: Texts) -> InlineKeyboardButton:
    return button(t.plain("mydata.button.keep"), callbacks.MY_DATA)


def _next_steps(t: Texts, what: Obstacle, soft_id: str) -> list[InlineKeyboardButton]:
    """Return the buttons for the next steps, including the cancellation of a plan that still renews."""
    back = button(t.plain("buttons.back"), callbacks.MY_DATA)
    if what is Obstacle.RENEWS and soft_id:
        return [button(t.plain("buttons.cancel"), callbacks.cancel(soft_id)), back]
    return [back]
