"""Leaving: a card and one button, and only afterwards the question why."""

from collections.abc import Sequence
from datetime import datetime

from bot import callbacks
from bot.formats import moment
from bot.keyboards import button, keyboard, plans_button
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.views.show_status import SubscriptionView


def card(t: Texts, item: SubscriptionView, *, several: bool) -> Screen:
    """What cancelling means, and the one button that does it."""
    confirm = button(t.plain("buttons.confirm_cancel"), callbacks.confirm_cancel(item.soft_id if several else None))
    key = "cancel.card" if item.grace_until is None else "cancel.card_owing"
    facts = {"until": _until(t, item.access_until), "grace": _until(t, item.grace_until)}
    return Screen(t(key, plan=item.plan, **facts), keyboard(confirm))


def choose(t: Texts, items: Sequence[SubscriptionView]) -> Screen:
    """Which of several."""
    rows = [button(item.plan, callbacks.cancel(item.soft_id)) for item in items]
    return Screen(t("cancel.choose"), keyboard(*rows))


def nothing(t: Texts, canceled: Sequence[SubscriptionView], live: int, prepaid: datetime | None = None) -> Screen:
    """Nothing would be charged any more. canceled: what still runs; live: how many count. prepaid: until when somebody
    has what nobody charges again.
    """
    if not canceled and prepaid is not None:
        return Screen(t("cancel.prepaid", until=moment(t, prepaid)), keyboard(plans_button(t)))
    if not canceled:
        return Screen(t("cancel.nothing"), keyboard(plans_button(t)))
    rows = [
        button(
            t.plain("buttons.undo_for", plan=item.plan_name) if live > 1 else t.plain("buttons.undo"),
            callbacks.undo_cancel(item.soft_id if live > 1 else None),
        )
        for item in canceled
        if item.can_undo
    ]
    return Screen(t("cancel.already", until=_until(t, canceled[0].access_until)), keyboard(*rows))


def done(t: Texts, soft_id: str, until: datetime | None, *, owing: bool = False) -> Screen:
    """It is canceled; the question why may be answered or not. owing: a charge was outstanding, and grace days ran."""
    reasons = [
        button(t.plain(f"buttons.reason.{reason}"), callbacks.cancel_reason(soft_id, reason))
        for reason in callbacks.REASONS
    ]
    return Screen(
        t("cancel.done_owing" if owing else "cancel.done", until=_until(t, until)), keyboard(reasons[:2], reasons[2:])
    )


def failed(t: Texts, data: str, *, undo: bool = False) -> Screen:
    """The provider did not confirm. data: the press to repeat."""
    text = t("cancel.undo_failed" if undo else "cancel.failed")
    return Screen(text, keyboard(button(t.plain("buttons.retry"), data)))


def said(t: Texts, key: str, *, plans: bool = False) -> Screen:
    """A plain answer."""
    return Screen(t(f"cancel.{key}"), keyboard(plans_button(t)) if plans else None)


def _until(t: Texts, until: datetime | None) -> str:
    return moment(t, until) if until is not None else "–"
