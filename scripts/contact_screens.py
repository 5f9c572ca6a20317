"""Every screen of the chat, made by the bot's own renderers from sample facts, in the order people meet them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot import callbacks
from bot.introduction import NAMES
from bot.pre_checkout import BUSY
from bot.screens import Screen, alarms, cancel, checkout, notices, plans, status, support, sweeps, verify
from bot.screens.why import why
from bot.texts import Texts, texts_for
from scripts import contact_changes, contact_receipts, contact_vip
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.checkout.approve_chat_payment import ChatRefusal
from subscriptions.application.expiry.decide_sweep import Decided, Word
from subscriptions.domain.entities import notification as kinds
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.ids import TelegramId


@dataclass(frozen=True)
class Section:
    """Messages that belong together."""

    title: str
    shots: Sequence[Shot]


def sections(language: str) -> Sequence[Section]:
    """The whole chat in one language."""
    t = texts_for(language)
    return [Section(title, make(t)) for title, make in _SECTIONS.items()]


def _command(t: Texts, name: str) -> str:
    return f"/{NAMES.get(t.language, {}).get(name, name)}"


def _beginning(t: Texts) -> Sequence[Shot]:
    return [
        Shot("somebody new", plans.welcome(t, samples.BRAND), "/start"),
        Shot("the plans", plans.plan_list(t, samples.PLANS), _command(t, "planes")),
        Shot("a plan that renews", plans.plan_card(t, samples.RETABET)),
        Shot("a plan by the period", plans.plan_card(t, replace(samples.RETABET, renewing=frozenset()))),
        Shot("a plan paid once", plans.plan_card(t, samples.BET365)),
        Shot("nothing on sale", plans.plan_list(t, [])),
        Shot("a plan off the shelf", plans.unavailable(t)),
        Shot("not understood", plans.helping(t, samples.SUPPORT), "¿hola?"),
        Shot("a button of long ago", plans.stale(t)),
        Shot("a fault of ours", Screen(t("chat.trouble", reference=700001))),
        Shot("at a channel of somebody else", Screen(t("chat.stranger"))),
        Shot("help with a payment", support.payment_help(t, samples.SUPPORT, 700001), "/paysupport"),
        Shot("help with a payment, nobody named", support.payment_help(t, "", 700001), "/paysupport"),
        *(Shot(f"no charge in the chat: {why}", Screen(t(f"invoice.{why}"))) for why in (*ChatRefusal, BUSY)),
    ]


def _gone(t: Texts) -> Screen:
    return checkout.methods(t, samples.RETABET, samples.descriptors(), t("checkout.method_gone"))


def _paying(t: Texts) -> Sequence[Shot]:
    order, now = samples.ORDER, samples.NOW
    return [
        Shot("terms and age, once", checkout.terms(t, "retabet", "https://retador.example")),
        Shot("terms accepted without a plan", plans.plan_list(t, samples.PLANS, t("checkout.terms_done"))),
        Shot("the way to pay", checkout.methods(t, samples.RETABET, samples.descriptors())),
        Shot("one that is gone by now", _gone(t)),
        Shot("the place to pay", checkout.pay(t, samples.CHECKOUT)),
        Shot("the place to pay the rest", checkout.pay(t, samples.REST)),
        Shot("the place to pay one period", checkout.pay(t, replace(samples.CHECKOUT, provider="crypto"))),
        Shot("paid: the same message", verify.paid(t, "A1B2C3D4")),
        Shot("verify: found", verify.found(t, order, now)),
        Shot("verify: to be confirmed", verify.pending(t, order, now)),
        Shot("verify: nothing yet", verify.nothing(t, order, now)),
        Shot("verify: no answer", verify.unreachable(t, order, now)),
        Shot("verify: no open order", status.status(t, samples.card(paid=False), lead=t("verify.no_order"))),
        Shot("bought already", status.status(t, samples.card(samples.LIVE), lead=t("checkout.already"))),
        Shot("barred from buying", checkout.barred(t, samples.SUPPORT)),
        Shot("no way to pay", checkout.no_method(t)),
        Shot("the provider is away", checkout.unavailable(t, "retabet", "A1B2C3D4")),
        Shot("the provider refuses", checkout.rejected(t, "A1B2C3D4")),
    ]


_WELCOMED: Final[Sequence[tuple[str, str, Mapping[str, str]]]] = [
    ("payment received", kinds.PAYMENT_RECEIVED, {"receipt": "R2026-00042"}),
    ("payment received, a customer of before", kinds.PAYMENT_RECEIVED, {"back": "yes"}),
    ("payment received, for the VIP channel", kinds.PAYMENT_RECEIVED, {"vip": "yes", "stage": "1"}),
    ("payment received, for more time", kinds.PAYMENT_RECEIVED, {"longer": "yes"}),
    ("it takes longer", kinds.PROVISIONING_DELAYED, {"ready": samples.NOW.isoformat()}),
    ("it takes longer, nobody knows how long", kinds.PROVISIONING_DELAYED, {}),
    ("the link", kinds.INVITE_READY, {}),
    ("the link, on trial", kinds.INVITE_READY, {"trial": "yes"}),
    ("the link, by a code or a gift", kinds.INVITE_READY, {"given": "yes"}),
    ("another link", kinds.INVITE_READY, {"again": "yes"}),
    ("inside", kinds.JOINED, {}),
    ("too many channels", kinds.ACTION_REQUIRED, {"reason": "too_many_channels"}),
    ("limited by Telegram", kinds.ACTION_REQUIRED, {"reason": "restricted_by_telegram"}),
    ("kept out otherwise", kinds.ACTION_REQUIRED, {"reason": "-"}),
    ("a stranger was inside", kinds.STRANGER_REMOVED, {}),
    ("paid after the end", kinds.PAYMENT_FLAGGED, {"reason": "subscription_over"}),
    ("another amount", kinds.PAYMENT_FLAGGED, {"reason": "amount_mismatch"}),
    ("another account", kinds.PAYMENT_FLAGGED, {"reason": "customer_mismatch"}),
    ("paid twice", kinds.PAYMENT_FLAGGED, {"reason": "second_capture"}),
    ("paid twice, and it goes back", kinds.PAYMENT_FLAGGED, {"reason": "second_capture_returning"}),
    ("part of a closed order", kinds.PAYMENT_FLAGGED, {"reason": "order_closed"}),
    ("part of a closed order, and it goes back", kinds.PAYMENT_FLAGGED, {"reason": "order_closed_returning"}),
    ("money to look into", kinds.PAYMENT_FLAGGED, {"reason": "-"}),
    ("less than was asked", kinds.PART_RECEIVED, {"amount": "26.79€", "missing": "3.20€", "provider": "crypto"}),
    ("the first payment never came", kinds.CHECKOUT_FAILED, {}),
    ("more than was asked", kinds.PAYMENT_RECEIVED, {"amount": "31.00€", "excess": "1.01€"}),
]
_COMING: Final = {"next_plan": "Sportium", "next_amount": "19.99€"}
_LIVING: Final[Sequence[tuple[str, str, Mapping[str, str]]]] = [
    ("three days before the charge", kinds.RENEWAL_COMING, {}),
    ("the same, with another plan to come", kinds.RENEWAL_COMING, _COMING),
    ("renewed", kinds.RENEWED, {}),
    ("before a trial ends", kinds.TRIAL_ENDING, {"renews": "yes"}),
    ("before a trial ends that does not renew", kinds.TRIAL_ENDING, {}),
    ("the charge failed", kinds.PAYMENT_FAILED, {}),
    ("where the provider has a page for it", kinds.PAYMENT_FAILED, {"portal": "https://pay.example/me"}),
    ("two days later, and 12 h before the end", kinds.DUNNING, {}),
    ("recovered", kinds.RECOVERED, {}),
    ("canceled", kinds.CANCELED, {"undo": "yes"}),
    ("canceled for good", kinds.CANCELED, {}),
    ("canceled while paused", kinds.CANCELED, {"rests": "yes"}),
    ("canceled in the grace days", kinds.CANCELED, {"undo": "yes", "over": "yes"}),
    ("undone", kinds.CANCEL_UNDONE, {}),
    ("the end is near, canceled", kinds.ENDING_SOON, {"undo": "yes"}),
    ("the end is near, paid once", kinds.ENDING_SOON, {"renewable": "yes"}),
    ("the end is near, and it cannot be renewed yet", kinds.ENDING_SOON, {}),
    ("over, the channel is kept", kinds.EXPIRED, {}),
    ("over, nothing is kept", kinds.EXPIRED, {"kept": ""}),
    ("a day and a week after", kinds.COME_BACK, {}),
    ("the same, nothing is kept", kinds.COME_BACK, {"kept": ""}),
    ("another plan", kinds.PLAN_SWITCHED, {"earlier": "Bet365"}),
    ("what it cost", kinds.CHANGE_PAID, {"amount": "10.16€"}),
    ("another plan at the renewal", kinds.PLAN_SWITCH_PLANNED, _COMING),
    ("the plan stays after all", kinds.PLAN_SWITCH_DROPPED, {}),
    ("paused", kinds.PAUSED, {}),
    ("paused, in the VIP channel", kinds.PAUSED, {"vip": "yes"}),
    ("suspended by the team", kinds.SUSPENDED, {}),
    ("suspended, in the VIP channel", kinds.SUSPENDED, {"vip": "yes"}),
    ("moved by the team", kinds.ACCESS_MOVED, {}),
    ("dispute opened, in the VIP channel", kinds.DISPUTE_OPENED, {"vip": "yes"}),
    ("resumed", kinds.RESUMED, {}),
    ("a part refunded", kinds.REFUNDED, {"amount": "10€"}),
    ("refunded", kinds.REFUNDED, {"full": "yes"}),
    ("refunded, other time is left", kinds.REFUNDED, {"full": "yes", "live": "yes"}),
    ("refunded, paid twice", kinds.REFUNDED, {"full": "yes", "soft_id": ""}),
    ("dispute opened", kinds.DISPUTE_OPENED, {}),
    ("refunded, and access goes on", kinds.REFUNDED, {"full": "yes", "live": "yes", "goes_on": "yes"}),
    ("dispute won", kinds.DISPUTE_WON, {}),
    ("dispute lost", kinds.DISPUTE_LOST, {}),
    ("dispute lost, other time is left", kinds.DISPUTE_LOST, {"live": "yes"}),
    ("dispute lost, it goes on renewing", kinds.DISPUTE_LOST, {"live": "yes", "renews": "yes"}),
]


def _notices(rows: Sequence[tuple[str, str, Mapping[str, str]]]) -> Callable[[Texts], Sequence[Shot]]:
    end = (samples.NOW + samples.MONTH).isoformat()
    facts = {
        "plan": samples.RETABET.label,
        "plan_name": "Retabet",
        "soft_id": "retabet",
        "amount": "29.99€",
        "paid": "29.99€",
        "price": "29.99€",
        "reference": "A1B2C3D4",
        "until": end,
        "charge": end,
        "ended_at": end,
        "kept": (samples.NOW + 2 * samples.MONTH).isoformat(),
        "url": "https://t.me/+abc",
        "expires": (samples.NOW + timedelta(days=1)).isoformat(),
    }
    return lambda t: [Shot(caption, _told(t, kind, {**facts, **more})) for caption, kind, more in rows]


def _told(t: Texts, kind: str, facts: Mapping[str, str]) -> Screen:
    owed = Notification.owe(kind, "sheet", TelegramId(1), t.language, samples.NOW, **facts)
    return notices.render(owed, samples.SUPPORT)


def _standing(t: Texts) -> Sequence[Shot]:
    states = [Shot(caption, status.status(t, samples.card(item))) for caption, item in samples.STATES.items()]
    order = samples.card(paid=False, orders=(samples.ORDER,))
    renewing = samples.card(samples.STATES["paid, the channel is being made"])
    return [
        Shot("nothing yet", status.status(t, samples.card(paid=False)), _command(t, "estado")),
        Shot("an order to be paid", status.status(t, order)),
        *states,
        Shot("the rest of an order to be paid", status.status(t, replace(order, open_orders=(samples.PART_PAID,)))),
        Shot("a new link is being made", status.status(t, renewing, renewing=["retabet"])),
        Shot("several", status.status(t, samples.card(samples.CANCELED, samples.OTHER))),
    ]


def _explained(t: Texts) -> Sequence[Shot]:
    told = [Shot(caption, why(t, [item])) for caption, item in samples.explanations().items()]
    return [Shot("nothing to explain", why(t, []), _command(t, "porque")), *told]


def _leaving(t: Texts) -> Sequence[Shot]:
    until = samples.LIVE.access_until
    return [
        Shot("one subscription", cancel.card(t, samples.LIVE, several=False), _command(t, "cancelar")),
        Shot("a charge outstanding", cancel.card(t, samples.STATES["a charge failed"], several=False)),
        Shot("several", cancel.choose(t, [samples.LIVE, samples.OTHER])),
        Shot("nothing to cancel", cancel.nothing(t, [], 0)),
        Shot("paid in advance", cancel.nothing(t, [], 1, until)),
        Shot("canceled already", cancel.nothing(t, [samples.CANCELED], 1)),
        Shot("done", cancel.done(t, "retabet", until)),
        Shot("done with a charge outstanding", cancel.done(t, "retabet", until, owing=True)),
        Shot("thanks for the reason", cancel.said(t, "thanks")),
        Shot("undone", cancel.said(t, "undone")),
        Shot("too late to undo", cancel.said(t, "cannot_undo", plans=True)),
        Shot("not confirmed", cancel.failed(t, callbacks.confirm_cancel(None))),
        Shot("undo not confirmed", cancel.failed(t, callbacks.undo_cancel(None), undo=True)),
    ]


_ALARM_FACTS: Final[Mapping[str, Mapping[str, str]]] = {
    "paid_without_access": {
        "access": str(samples.ACCESS),
        "telegram_id": "6000000011",
        "channel": "Retador (creating)",
    },
    "pool_share": {"share": "85", "left": "37", "days": "9", "per_day": "4"},
    "pool_dry": {"accounts": "2"},
    "sweep_held": {
        "sweep": samples.ACCESS.hex,
        "people": "7",
        "live": "40",
        "limit": "5",
        "who": "\n".join(
            f"{name}\t{number}\t{why}\t2026-03-12T20:00:00+00:00"
            for name, number, why in (
                ("María", 6000000011, "canceled"),
                ("Juan", 6000000012, "unpaid"),
                ("Ana", 6000000013, "time_over"),
            )
        ),
    },
    "sweep_done": {"sweep": samples.ACCESS.hex, "people": "7", "until": "2026-03-13T20:00:00+00:00"},
}


def _alarming(t: Texts) -> Sequence[Shot]:
    """Every alarm there is a text for; a kind without one ends the list."""
    other = ("alarms.fact", "alarms.other")
    known = [key for key in t.entries if key.startswith("alarms.") and key.count(".") == 1 and key not in other]
    shots = [_alarm(t, key.removeprefix("alarms.")) for key in known]
    answers = [Shot(f"repair: {answer}", alarms.repaired(t, answer)) for answer in ("done", "nothing", "not_yours")]
    words = [Shot(f"sweep: {word}", sweeps.word(t, Decided(word, 7))) for word in Word]
    return [*shots, _alarm(t, "brand_new"), *answers, *words, Shot("sweep: not yours", sweeps.not_yours(t))]


def _alarm(t: Texts, kind: str) -> Shot:
    facts = {"alarm": kind, **_ALARM_FACTS.get(kind, {"order": "A1B2C3D4"})}
    return Shot(kind, _told(t, kinds.ALARM, facts))


_SECTIONS: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {
    "Beginning": _beginning,
    "Paying": _paying,
    "Getting in": _notices(_WELCOMED),
    "A code for the VIP channel": contact_vip.activation,
    "The ritual of entry": contact_vip.ritual,
    "How it stands: /estado": _standing,
    "The life of a subscription": _notices(_LIVING),
    "Another plan": contact_changes.changing,
    "Money that does not fit": contact_changes.misfits,
    "Receipts: /recibos": contact_receipts.receiving,
    "Why: /porque": _explained,
    "Leaving: /cancelar": _leaving,
    "What the owners are told": _alarming,
}
