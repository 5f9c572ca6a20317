"""Leaving: a card that says what it means, one honest offer for who says why, and one message at the end."""

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
    """What cancelling means, the button that does it, and the one that does not. Who likes says why."""
    key = "cancel.card" if item.grace_until is None else "cancel.card_owing"
    facts = {"until": _end_text(t, item.access_until), "grace": _end_text(t, item.grace_until)}
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
    """The answer to a reason: the one thing there is that may help, and the same two buttons. cheaper: a plan they may
    go over to. contact: of a person, may be empty. keeps: how long a channel waits for who left. pauses: a month can be
    left out. stay: what is given to who stays.
    """
    text, way = t("cancel.offer.none"), None
    if reason == "price" and cheaper is not None:
        key = "cancel.offer.price" if item.own else "cancel.offer.price_shared"
        text = t(key, plan=cheaper.to_name, price=change.price(t, cheaper))
        data = callbacks.switch(cheaper.to_soft_id, cheaper.subscription)
        way = button(t.plain("buttons.switch", plan=cheaper.to_name), data)
    elif reason == "time" and pauses:
        text, way = t("cancel.offer.pause"), button(t.plain("buttons.pause"), callbacks.pause(item.soft_id))
    elif reason in {"price", "results", "other"} and stay:
        days = t.unit("day", stay.days)
        key = "cancel.offer.days_price" if reason == "price" else "cancel.offer.days"
        text, way = (
            t(key, plan=item.plan_name, days=days),
            button(t.plain("buttons.stay", days=days), callbacks.stay(item.soft_id)),
        )
    elif reason == "time" and item.own:
        text = t("cancel.offer.time", length=t.unit("day", keeps.days))
    elif reason in {"results", "other"} and contact:
        text, url = t("cancel.offer.person", contact=contact), contact_url(contact)
        way = link(t.plain("chat.person"), url) if url and not url.startswith("mailto:") else None
    return Screen(f"{t('cancel.head', plan=item.plan)}\n\n{text}", keyboard(way, *_decide(t, item, several=several)))


def stay_screen(t: Texts, item: SubscriptionView, stay: timedelta) -> Screen:
    """The days are given."""
    days, end = t.unit("day", stay.days), _end_text(t, item.access_until)
    text = t("cancel.offer.days_given", plan=item.plan_name, days=days, until=end)
    return Screen(text, keyboard(_status_button(t)))


def none_left(t: Texts) -> Screen:
    """They are not to be had any more."""
    return Screen(t("cancel.offer.days_gone"), keyboard(_status_button(t)))


def reasons(t: Texts, soft_id: str) -> list[list[InlineKeyboardButton]]:
    """The question why, two a row."""
    ways = [
        button(t.plain(f"buttons.reason.{reason}"), callbacks.cancel_reason(soft_id, reason))
        for reason in callbacks.REASONS
    ]
    return [ways[:2], ways[2:]]


def _status_button(t: Texts) -> InlineKeyboardButton:
    return button(t.plain("buttons.status"), callbacks.STATUS)


def _decide(t: Texts, item: SubscriptionView, *, several: bool) -> list[InlineKeyboardButton]:
    confirm = button(t.plain("buttons.confirm_cancel"), callbacks.confirm_cancel(item.soft_id if several else None))
    return [confirm, button(t.plain("buttons.keep"), callbacks.cancel_keep(item.soft_id))]


def choose(t: Texts, items: Sequence[SubscriptionView]) -> Screen:
    """Which of several."""
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
    """Nothing would be charged any more. subscriptions: what still runs; live: how many count. access_end: when
    somebody has what nobody charges again, which they paid or were given.
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
    """The provider did not confirm. data: the press to repeat."""
    text = t("cancel.undo_failed" if undo else "cancel.failed")
    return Screen(text, keyboard(button(t.plain("buttons.retry"), data), _status_button(t)))


def notice(t: Texts, key: str, *, plans: bool = False) -> Screen:
    """A plain answer."""
    return Screen(t(f"cancel.{key}"), keyboard(plans_button(t)) if plans else None)


def thanks(t: Texts, item: SubscriptionView | None) -> Screen:
    """For saying why, after the cancellation. item: what was canceled, None where it is over by now."""
    undo = item is not None and item.can_undo
    return Screen(
        t("cancel.thanks"),
        keyboard(button(t.plain("buttons.undo"), callbacks.undo_cancel(item.soft_id)) if item and undo else None),
    )


def _end_text(t: Texts, access_end: datetime | None) -> str:
    return moment(t, access_end) if access_end is not None else "–"
