"""Screens of a cancellation: the confirmation card, the retention offer for a stated reason, and the results."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.formats import moment
from bot.keyboards import button, keyboard, link, plans_button
from bot.screens import Screen, change
from bot.texts import Texts
from subscriptions.application.people.support_contact import contact_url
from subscriptions.application.subscriptions.offered_changes import ChangeOffer
from subscriptions.application.views.show_status import SubscriptionView


def card(t: Texts, item: SubscriptionView, *, several: bool) -> Screen:
    """Return the card that explains the cancellation, with buttons to confirm it, to keep the plan, and to state a
    reason.
    """
    key = "cancel.card" if item.grace_until is None else "cancel.card_owing"
    key = key if item.charging_until is None else "cancel.card_charging"
    end = item.charging_until or item.access_until
    facts = {"until": _end_text(t, end), "grace": _end_text(t, item.grace_until)}
    text = f"{t(key, plan=item.plan, **facts).strip()}\n\n{t('cancel.why')}"
    return Screen(text, keyboard(*_decide(t, item, several=several), *reasons(t, item.soft_id)))


def offer(
    t: Texts,
    item: SubscriptionView,
    reason: str,
    *,
    several: bool,
    cheaper: ChangeOffer | None,
    contact: str,
    keeps: timedelta,
    pauses: bool = False,
    stay: timedelta = timedelta(),
) -> Screen:
    """Return the retention offer for the customer's reason, with the same buttons as the confirmation card.

    cheaper: cheaper plan that the subscription can be changed to. contact: contact address, may be empty. keeps: time
    for which the customer's personal channel is kept after the cancellation. pauses: True if the subscription can be
    paused for a month. stay: free days offered for not canceling.
    """
    text, action = t("cancel.offer.none"), None
    if reason == "price" and cheaper is not None:
        key = "cancel.offer.price" if item.own else "cancel.offer.price_shared"
        text = t(key, plan=cheaper.to_name, price=change.price(t, cheaper))
        data = callbacks.switch(cheaper.to_soft_id, cheaper.subscription)
        action = button(t.plain("buttons.switch", plan=cheaper.to_name), data)
    elif reason == "time" and pauses:
        text, action = t("cancel.offer.pause"), button(t.plain("buttons.pause"), callbacks.pause(item.soft_id))
    elif reason in {"price", "results", "other"} and stay:
        days = t.unit("day", stay.days)
        key = "cancel.offer.days_price" if reason == "price" else "cancel.offer.days"
        text, action = (
            t(key, plan=item.plan_name, days=days),
            button(t.plain("buttons.stay", days=days), callbacks.stay(item.soft_id)),
        )
    elif reason == "time" and item.own:
        text = t("cancel.offer.time", length=t.unit("day", keeps.days))
    elif reason in {"results", "other"} and contact:
        text, url = t("cancel.offer.person", contact=contact), contact_url(contact)
        action = link(t.plain("chat.person"), url) if url and not url.startswith("mailto:") else None
    return Screen(f"{t('cancel.head', plan=item.plan)}\n\n{text}", keyboard(action, *_decide(t, item, several=several)))


def stay_screen(t: Texts, item: SubscriptionView, stay: timedelta) -> Screen:
    """Confirm that the free days offered for not canceling were added."""
    days, end = t.unit("day", stay.days), _end_text(t, item.access_until)
    text = t("cancel.offer.days_given", plan=item.plan_name, days=days, until=end)
    return Screen(text, keyboard(_status_button(t)))


def none_left(t: Texts) -> Screen:
    """Report that the free days offered for not canceling are no longer available."""
    return Screen(t("cancel.offer.days_gone"), keyboard(_status_button(t)))


def reasons(t: Texts, soft_id: str) -> list[list[InlineKeyboardButton]]:
    """Return the buttons with the cancellation reasons to choose from, two per row."""
    buttons = [
        button(t.plain(f"buttons.reason.{reason}"), callbacks.cancel_reason(soft_id, reason))
        for reason in callbacks.REASONS
    ]
    return [buttons[:2], buttons[2:]]


def _status_button(t: Texts) -> InlineKeyboardButton:
    return button(t.plain("buttons.status"), callbacks.STATUS)


def _decide(t: Texts, item: SubscriptionView, *, several: bool) -> list[InlineKeyboardButton]:
    confirm = button(t.plain("buttons.confirm_cancel"), callbacks.confirm_cancel(item.soft_id if several else None))
    return [confirm, button(t.plain("buttons.keep"), callbacks.cancel_keep(item.soft_id))]


def choose(t: Texts, items: Sequence[SubscriptionView]) -> Screen:
    """Ask which of several subscriptions to cancel."""
    rows = [button(item.plan, callbacks.cancel(item.soft_id)) for item in items]
    return Screen(t("cancel.choose"), keyboard(*rows, _status_button(t)))


def nothing(
    t: Texts,
    subscriptions: Sequence[SubscriptionView],
    live: int,
    access_end: datetime | None = None,
    *,
    is_paid: bool = True,
) -> Screen:
    """Report that no further charge is due.

    subscriptions: canceled subscriptions whose access has not ended. live: number of live subscriptions. access_end:
    end of the access that will not be renewed. is_paid: True if the access was paid for, not granted free of charge.
    """
    if not subscriptions and access_end is not None:
        return Screen(
            t("cancel.prepaid" if is_paid else "cancel.given", until=moment(t, access_end)), keyboard(plans_button(t))
        )
    if not subscriptions:
        return Screen(t("cancel.nothing"), keyboard(plans_button(t)))
    rows = [
        button(
            t.plain("buttons.undo_for", plan=item.plan_name) if live > 1 else t.plain("buttons.undo"),
            callbacks.undo_cancel(item.soft_id if live > 1 else None),
        )
        for item in subscriptions
        if item.can_undo
    ]
    return Screen(t("cancel.already", until=_end_text(t, subscriptions[0].access_until)), keyboard(*rows))


def failure(t: Texts, data: str, *, undo: bool = False) -> Screen:
    """Report that the provider did not confirm the cancellation or its undo. data: callback data that the retry button
    repeats. undo: True for the undo.
    """
    text = t("cancel.undo_failed" if undo else "cancel.failed")
    return Screen(text, keyboard(button(t.plain("buttons.retry"), data), _status_button(t)))


def notice(t: Texts, key: str, *, plans: bool = False) -> Screen:
    """Return a short message. key: key of the text under `cancel`. plans: True to add the button to the list
    of plans.
    """
    return Screen(t(f"cancel.{key}"), keyboard(plans_button(t)) if plans else None)


def thanks(t: Texts, item: SubscriptionView | None) -> Screen:
    """Thank the customer for the reason given after the cancellation. item: the canceled subscription, or None if it
    has expired.
    """
    undo = item is not None and item.can_undo
    return Screen(
        t("cancel.thanks"),
        keyboard(button(t.plain("buttons.undo"), callbacks.undo_cancel(item.soft_id)) if item and undo else None),
    )


def _end_text(t: Texts, access_end: datetime | None) -> str:
    return moment(t, access_end) if access_end is not None else "–"
