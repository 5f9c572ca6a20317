"""Messages the product owes somebody, rendered when they are sent."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from aiogram.types import InlineKeyboardMarkup

from bot import callbacks
from bot.formats import day_of, moment_of
from bot.keyboards import button, keyboard, link, plans_button
from bot.screens import Screen, vip
from bot.screens.alarms import alarm
from bot.texts import Texts, texts_for
from subscriptions.application.vip.vip_view import VipView
from subscriptions.domain.entities import notification as kinds
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.notification import Notification

Facts = Mapping[str, str]

OTHER: Final = "other"
"""The variant of a text for what has none of its own."""


def render(notification: Notification, support: str = "") -> Screen:
    """The message in its recipient's language. support: where to find a person, on messages that may need one.

    Raises KeyError for a kind without a text: a test holds that.
    """
    t, facts = texts_for(notification.language), notification.params
    if notification.kind == kinds.ALARM:
        return alarm(t, facts)
    if notification.kind == kinds.VIP_ENTRY:
        return _vip_entry(t, facts)
    text = t(_key(t, notification.kind, facts), **_shown(t, facts))
    if facts.get("excess"):
        text = f"{text}\n\n{t('parts.excess', excess=facts['excess'])}"
    if facts.get("receipt"):
        text = f"{text}\n{t('receipts.line', number=facts['receipt'])}"
    if support and notification.kind in _WITH_SUPPORT:
        text = f"{text}\n\n{t('chat.support', contact=support)}"
    if notification.kind in _PAID and facts.get("stage"):
        below = _vip_entry(t, facts)
        return Screen(f"{text}\n\n{t('vip.line')}\n{below.text}", below.markup)
    make = _BUTTONS.get(notification.kind)
    return Screen(text, make(t, facts) if make else None)


def _vip_entry(t: Texts, facts: Facts) -> Screen:
    until, expires, stage = facts.get("until"), facts.get("expires"), facts.get("stage")
    return vip.stage(
        t,
        VipView(
            plan_name=facts.get("plan_name", ""),
            stage=int(stage) if stage else None,
            access=AccessStatus.PENDING,
            access_until=datetime.fromisoformat(until) if until else None,
            invite_url=facts.get("url") or None,
            invite_until=datetime.fromisoformat(expires) if expires else None,
        ),
    )


def _key(t: Texts, kind: str, facts: Facts) -> str:
    key = f"notices.{kind}"
    if facts.get("vip") and t.has(f"{key}_vip"):
        return f"{key}_vip"
    choose = _VARIANTS.get(kind)
    if choose is None:
        return key
    variant = f"{key}.{choose(facts)}"
    return variant if t.has(variant) else f"{key}.{OTHER}"


_MOMENTS: Final = frozenset({"until", "expires", "charge", "ready"})
_DAYS: Final = frozenset({"kept", "ended_at"})
_LATER: Final = ("charge", "price", "paid", "kept", "ended_at", "next_plan", "next_amount", "earlier", "missing")
"""Facts that a message owed by an earlier version lacks."""


def _shown(t: Texts, facts: Facts) -> dict[str, str]:
    # By its name: the label's emoji would stand beside the line's own.
    shown = dict.fromkeys(_LATER, "–") | dict(facts) | {"plan": facts.get("plan_name") or facts.get("plan", "")}
    for name, value in facts.items():
        if name in _MOMENTS:
            shown[name] = moment_of(t, value)
        elif name in _DAYS:
            shown[name] = day_of(t, value)
    return shown


def _invite_variant(facts: Facts) -> str:
    if facts.get("again"):
        return "again"
    if facts.get("given"):
        return "given"
    return "trial" if facts.get("trial") else "first"


def _received_variant(facts: Facts) -> str:
    if facts.get("vip"):
        return "vip"
    if facts.get("longer"):
        return "longer"
    return "back" if facts.get("back") else "first"


def _refund_variant(facts: Facts) -> str:
    if not facts.get("full") or facts.get("difference"):
        return "part"
    if not facts.get("soft_id"):
        return "surplus"
    if facts.get("goes_on"):
        return "goes_on"
    return "shorter" if facts.get("live") else "ended"


def _lost_variant(facts: Facts) -> str:
    if not facts.get("live"):
        return "ended"
    return "goes_on" if facts.get("renews") else OTHER


def _canceled_variant(facts: Facts) -> str:
    if facts.get("rests"):
        return "rests"
    # Who cancels in the grace days of a failed charge has nothing left that is paid, and nothing to undo.
    if facts.get("over"):
        return "over"
    return "undo" if facts.get("undo") else OTHER


def _ending_variant(facts: Facts) -> str:
    if facts.get("undo"):
        return "undo"
    return "renew" if facts.get("renewable") else OTHER


_VARIANTS: Final[Mapping[str, Callable[[Facts], str]]] = {
    kinds.PAYMENT_FLAGGED: lambda facts: facts.get("reason", OTHER),
    kinds.PROVISIONING_DELAYED: lambda facts: "by" if facts.get("ready") else OTHER,
    kinds.ACTION_REQUIRED: lambda facts: facts.get("reason", OTHER),
    kinds.PAYMENT_RECEIVED: _received_variant,
    kinds.INVITE_READY: _invite_variant,
    kinds.EXPIRED: lambda facts: "kept" if facts.get("kept") else OTHER,
    kinds.COME_BACK: lambda facts: "kept" if facts.get("kept") else OTHER,
    kinds.CANCELED: _canceled_variant,
    kinds.ENDING_SOON: _ending_variant,
    kinds.TRIAL_ENDING: lambda facts: "charged" if facts.get("renews") else OTHER,
    kinds.REFUNDED: _refund_variant,
    kinds.RENEWAL_COMING: lambda facts: "changing" if facts.get("next_plan") else OTHER,
    kinds.DISPUTE_LOST: _lost_variant,
}

_PAID: Final = frozenset({kinds.PAYMENT_RECEIVED})
"""Messages under which the first stage of the ritual follows, for who pays to enter the VIP channel."""

_WITH_SUPPORT: Final = frozenset(
    {
        kinds.PAYMENT_FLAGGED,
        kinds.PART_RECEIVED,
        kinds.CHECKOUT_FAILED,
        kinds.PAYMENT_FAILED,
        kinds.DUNNING,
        kinds.REFUNDED,
        kinds.DISPUTE_OPENED,
        kinds.DISPUTE_LOST,
        kinds.ACTION_REQUIRED,
        kinds.PROVISIONING_DELAYED,
        kinds.SUSPENDED,
    }
)


def _join(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    return keyboard(link(t.plain("buttons.join", plan=facts["plan_name"]), facts["url"]))


def _undo(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    # The message stays in the chat: what it takes back is named, however many there are by then.
    return keyboard(button(t.plain("buttons.undo"), callbacks.undo_cancel(facts["soft_id"])))


def _return(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    if not facts.get("soft_id"):
        return keyboard(plans_button(t))
    plan, price = facts.get("plan_name") or facts["plan"], facts.get("price")
    text = t.plain("buttons.return_for", plan=plan, price=price) if price else t.plain("buttons.return", plan=plan)
    return keyboard(button(text, callbacks.subscribe(facts["soft_id"])))


def _return_or_look(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    return keyboard(*(_return(t, facts) or InlineKeyboardMarkup(inline_keyboard=[])).inline_keyboard, [plans_button(t)])


def _undo_or_return(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    if facts.get("renewable"):
        text = t.plain("buttons.renew", plan=facts.get("plan_name") or facts["plan"])
        return keyboard(button(text, callbacks.subscribe(facts["soft_id"])))
    return _undo(t, facts) if facts.get("undo") else _return(t, facts)


def _status(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    return keyboard(button(t.plain("buttons.status"), callbacks.STATUS))


def _card(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    """Where the provider has a page to change the means of payment, the way there; else how things stand."""
    portal = facts.get("portal")
    return keyboard(link(t.plain("buttons.update_card"), portal)) if portal else _status(t, facts)


def _trial(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    return _before_charge(t, facts) if facts.get("renews") else _return(t, facts)


def _before_charge(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    leave = button(t.plain("buttons.cancel"), callbacks.cancel(facts["soft_id"])) if facts.get("soft_id") else None
    return keyboard(button(t.plain("buttons.status"), callbacks.STATUS), leave)


def _keep_plan(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    return keyboard(button(t.plain("buttons.keep_plan"), callbacks.keep_plan(facts["soft_id"])))


def _rest(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    """The way to pay what is missing: the one by which the part came."""
    way = callbacks.pay(facts.get("provider", ""), facts["soft_id"])
    usable = facts.get("provider") and len(way.encode()) <= callbacks.LIMIT
    text = t.plain("buttons.pay_rest", missing=facts.get("missing", "–"))
    return keyboard(button(text, way if usable else callbacks.subscribe(facts["soft_id"])))


def _pay_again(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    return keyboard(button(t.plain("buttons.pay_again"), callbacks.subscribe(facts["soft_id"])))


def _again(t: Texts, facts: Facts) -> InlineKeyboardMarkup | None:
    return keyboard(button(t.plain("buttons.retry"), callbacks.STATUS))


_BUTTONS: Final[Mapping[str, Callable[[Texts, Facts], InlineKeyboardMarkup | None]]] = {
    kinds.INVITE_READY: _join,
    kinds.PART_RECEIVED: _rest,
    kinds.CHECKOUT_FAILED: _pay_again,
    kinds.CANCELED: lambda t, facts: _undo(t, facts) if _canceled_variant(facts) == "undo" else None,
    kinds.EXPIRED: _return_or_look,
    kinds.COME_BACK: _return,
    kinds.ENDING_SOON: _undo_or_return,
    kinds.RENEWAL_COMING: _before_charge,
    kinds.PLAN_SWITCH_PLANNED: _keep_plan,
    kinds.PLAN_SWITCHED: _status,
    kinds.TRIAL_ENDING: _trial,
    kinds.PAYMENT_FAILED: _card,
    kinds.DUNNING: _card,
    kinds.PAUSED: _status,
    kinds.ACCESS_MOVED: _status,
    kinds.SUSPENDED: _status,
    kinds.ACTION_REQUIRED: _again,
    kinds.STRANGER_REMOVED: _status,
}
