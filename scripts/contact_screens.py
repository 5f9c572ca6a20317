"""All screens of the chat, rendered from sample facts by the bot's own renderers, in the order in which customers see
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

from bot import callbacks, consent
from bot.commands import name_of
from bot.pre_checkout import BUSY
from bot.screens import (
    Screen,
    bulk_expiries,
    cancel,
    checkout,
    language,
    mending,
    notices,
    plans,
    status,
    support,
    verify,
)
from bot.screens.why import explanations_card
from bot.texts import Texts, texts_for
from scripts import (
    contact_changes,
    contact_data,
    contact_deals,
    contact_declarations,
    contact_gifts,
    contact_pauses,
    contact_vip,
)
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.checkout.approve_chat_payment import ChatRefusal
from subscriptions.application.checkout.give_free_plan import FreeTime
from subscriptions.application.checkout.start_checkout import CheckoutView
from subscriptions.application.messages.announcement import ANNOUNCEMENTS, AlarmMessage
from subscriptions.application.subscriptions.offered_changes import ChangeOffer
from subscriptions.application.subscriptions.show_pages import PagesView
from subscriptions.application.team.open_invitation import InvitationResult
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.service_plan import Buyers
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import ManagePages
from subscriptions.domain.services.buyer_policy import BuyerRefusal
from tests.fakes.announcements import announcement
from tests.support.of_features import of_features


@dataclass(frozen=True)
class Section:
    """A titled group of related messages."""

    title: str
    shots: Sequence[Shot]


def sections(language: str) -> Sequence[Section]:
    """Return all sections of the chat in one language."""
    t = texts_for(language)
    return [Section(title, make(t)) for title, make in _SECTIONS.items()]


def _command(t: Texts, name: str) -> str:
    return f"/{name_of(name, t.language)}"


def _beginning(t: Texts) -> Sequence[Shot]:
    return [
        Shot("someone new", plans.welcome(t, samples.BRAND, samples.PLANS), "/start"),
        Shot("the plans", plans.plan_list(t, samples.PLANS), _command(t, "planes")),
        Shot("plans that open chats that are shared", plans.plan_list(t, [samples.SHARED]), _command(t, "planes")),
        Shot("a plan that renews", plans.plan_card(t, samples.RETABET)),
        Shot("plans, one with a trial", plans.plan_list(t, [samples.TRIAL, samples.SPORTIUM])),
        Shot("a plan with a trial", plans.plan_card(t, samples.TRIAL)),
        Shot("several ways to pay, the first time", _several_methods(t)),
        Shot("several ways to pay, known by now", _several_methods(t, samples.CHECKOUT)),
        Shot("a plan by the period", plans.plan_card(t, replace(samples.RETABET, renewing_methods=frozenset()))),
        Shot("a plan paid once", plans.plan_card(t, samples.BET365)),
        Shot("the plans, one of them VIP", plans.plan_list(t, [*samples.PLANS, contact_vip.PLAN])),
        Shot("all of them VIP", plans.plan_list(t, [contact_vip.PLAN])),
        Shot("someone new, where a plan is VIP", plans.welcome(t, samples.BRAND, [contact_vip.PLAN]), "/start"),
        Shot("nothing on sale", plans.plan_list(t, [])),
        Shot("a plan off the shelf", plans.unavailable(t)),
        Shot("one for newcomers", plans.plan_card(t, replace(samples.BET365, buyers=Buyers.NEWCOMERS))),
        Shot("one for customers", plans.plan_card(t, replace(samples.BET365, buyers=Buyers.CUSTOMERS))),
        *(
            Shot(f"a plan for others: {why}", plans.not_theirs(t, samples.ADD_ON, why, samples.PLANS))
            for why in BuyerRefusal
        ),
        Shot("an add-on to nothing on sale", plans.not_theirs(t, samples.ADD_ON, BuyerRefusal.HOLDERS, [])),
        Shot(
            "not understood, and nobody to pass it on to",
            plans.help_screen(t, samples.SUPPORT, offers_help=True),
            "¿hola?",
        ),
        Shot("who wants out, and nobody to pass it on to", plans.cancel_help(t), "Quiero cancelar"),
        Shot("a button of long ago", plans.stale(t)),
        Shot("a fault of ours", Screen(t("chat.trouble", reference=700001))),
        Shot("too many words at once", Screen(t("chat.too_fast"))),
        Shot("at a channel of somebody else", Screen(t("chat.stranger"))),
        Shot("at a chat that they cannot join now", Screen(t("chat.not_now"))),
        Shot("help", support.guide(t, samples.SUPPORT), _command(t, "ayuda")),
        Shot("terms", support.document(t, "terms", samples.POLICY.base_url), _command(t, "terminos")),
        Shot("privacy", support.document(t, "privacy", samples.POLICY.base_url), _command(t, "privacidad")),
        Shot("language", language.choice(t, None), _command(t, "idioma")),
        Shot("by whose clock", language.zones(t, None)),
        Shot("a clock was chosen", language.zones(t, "America/Bogota", is_done=True)),
        Shot("a language was chosen", language.choice(t, t.language, is_done=True)),
        *contact_data.shots(t),
        *(Shot(f"an invitation to the team: {each}", Screen(t(f"invitations.{each}"))) for each in InvitationResult),
        Shot("help with a payment", support.payment_help(t, samples.SUPPORT, 700001), "/paysupport"),
        Shot("help with a payment, nobody named", support.payment_help(t, "", 700001), "/paysupport"),
        *(Shot(f"no charge in the chat: {why}", Screen(t(f"invoice.{why}"))) for why in (*ChatRefusal, BUSY)),
    ]


def _gone(t: Texts, why: str = "method_gone") -> Screen:
    return checkout.methods(t, samples.RETABET, samples.descriptors(), note=t(f"checkout.{why}"))


def _first(t: Texts) -> Screen:
    agrees = consent.consent_text(t, samples.POLICY, "checkout.consent.methods")
    return checkout.methods(t, samples.RETABET, samples.descriptors(), consent=agrees)


def _several_methods(t: Texts, checkout: CheckoutView | None = None) -> Screen:
    agrees = None if checkout else consent.consent_text(t, samples.POLICY, "checkout.consent.subscribe")
    return plans.plan_card(t, samples.RETABET, consent=agrees, checkout=checkout, descriptors=samples.descriptors())


def _one_method(t: Texts) -> Sequence[Shot]:
    """Return the screens of a plan with a single payment method, for which the choice of a method is skipped."""
    agrees = consent.consent_text(t, samples.POLICY, "checkout.consent.subscribe")
    free = consent.consent_text(t, samples.POLICY, "checkout.consent.free")
    plan = replace(samples.RETABET, methods=("stripe",))
    return [
        Shot("one way to pay, the first time", plans.plan_card(t, plan, consent=agrees)),
        Shot("one way to pay, known by now", plans.plan_card(t, plan, checkout=samples.CHECKOUT)),
        Shot("nothing to pay, the first time", checkout.free(t, samples.FREE, free)),
    ]


def _paying(t: Texts) -> Sequence[Shot]:
    order, now = samples.ORDER, samples.NOW
    return [
        Shot("the first time: terms and age", _first(t)),
        Shot("the way to pay", checkout.methods(t, samples.RETABET, samples.descriptors())),
        Shot("the way to pay after a charge failed", _gone(t, "owed")),
        Shot("one that is gone by now", _gone(t)),
        Shot("Stars alone on a phone: pressed for another way", _gone(t, "telegrams_alone")),
        Shot("the place to pay", checkout.pay(t, samples.CHECKOUT)),
        Shot("the place to pay the rest", checkout.pay(t, samples.REST)),
        Shot("the place to pay one period", checkout.pay(t, replace(samples.CHECKOUT, provider="crypto"))),
        Shot("a plan that costs nothing", checkout.free(t, samples.FREE)),
        Shot("it is theirs", checkout.free_given(t, FreeTime(plan_name="Retabet", access_end=now))),
        Shot("its card", plans.plan_card(t, samples.FREE)),
        Shot("paid: the same message", verify.paid_purchase(t, "A1B2C3D4")),
        Shot("verify: found", verify.payment_found(t, order, now)),
        Shot("verify: to be confirmed", verify.payment_pending(t, order, now)),
        Shot("verify: nothing yet", verify.nothing(t, order, now)),
        Shot("verify: the page has run out", verify.nothing(t, replace(order, url=None), now)),
        Shot("the page has run out", verify.lapsed_purchase(t, samples.LAPSED)),
        Shot("verify: no answer", verify.unreachable(t, order, now)),
        Shot("verify: no open order", status.status(t, samples.card(paid=False), lead=t("verify.no_order"))),
        Shot("bought already", status.status(t, samples.card(samples.LIVE), lead=t("checkout.already"))),
        Shot(
            "bought already, for life",
            status.status(t, samples.card(samples.FOR_LIFE), lead=t("checkout.already_for_life")),
        ),
        Shot("barred from buying", checkout.bar(t, samples.SUPPORT)),
        Shot("no way to pay", checkout.no_method(t)),
        Shot("Stars alone on a phone: this plan has none", checkout.no_method(t, telegrams_alone=True)),
        *_one_method(t),
        Shot("the provider is away", checkout.unavailable(t, "retabet", "A1B2C3D4")),
        Shot("the provider refuses", checkout.rejection(t, "A1B2C3D4")),
    ]


CHATS: Final = "Canal VIP\thttps://t.me/+abc\nGrupo de avisos\thttps://t.me/+def"
"""Chats to which a plan gives access, in the format of the message's field."""
_WELCOMED: Final[Sequence[tuple[str, MessageKind, Mapping[str, object]]]] = [
    ("payment received", MessageKind.PAYMENT_RECEIVED, {"receipt": "R2026-00042"}),
    ("payment received, a customer of before", MessageKind.PAYMENT_RECEIVED, {"back": True}),
    ("payment received, for the VIP channel", MessageKind.PAYMENT_RECEIVED, {"vip": True, "stage": 1}),
    ("payment received, for a group", MessageKind.PAYMENT_RECEIVED, {"shared": True}),
    ("payment received, for more time", MessageKind.PAYMENT_RECEIVED, {"longer": True}),
    (
        "payment received, in the place of a failed charge",
        MessageKind.PAYMENT_RECEIVED,
        {"longer": True, "replaces": True},
    ),
    ("it takes longer", MessageKind.PROVISIONING_DELAYED, {"ready": samples.NOW}),
    ("it takes longer, nobody knows how long", MessageKind.PROVISIONING_DELAYED, {}),
    ("the link", MessageKind.INVITE_READY, {}),
    ("the link, on trial", MessageKind.INVITE_READY, {"trial": True, "next_amount": samples.RETABET.price}),
    ("the link, by a code or a gift", MessageKind.INVITE_READY, {"given": True}),
    ("another link", MessageKind.INVITE_READY, {"again": True}),
    ("links to several chats", MessageKind.INVITE_READY, {"chats": CHATS}),
    ("a text that the plan opens", MessageKind.CONTENT, {"title": "Guía", "form": "text", "body": "Lee esto."}),
    ("a link", MessageKind.CONTENT, {"title": "Guía", "form": "link", "body": "https://tertulia.example/guia"}),
    ("a file", MessageKind.CONTENT, {"title": "Guía", "form": "document", "body": "BQACAgQAAxkBAAIB"}),
    ("a chat that was lost", MessageKind.INVITE_READY, {"chats": CHATS, "moved": True}),
    (
        "a chat that moves, and the old one is emptied",
        MessageKind.INVITE_READY,
        {"chats": CHATS, "moved": True, "stays": samples.NOW + samples.MONTH},
    ),
    ("other links to several chats", MessageKind.INVITE_READY, {"chats": CHATS, "again": True}),
    ("inside", MessageKind.JOINED, {}),
    ("the chat admits nobody yet", MessageKind.ENTRY_DELAYED, {}),
    ("the payment goes back", MessageKind.ENTRY_DELAYED, {"until": None}),
    ("too many channels", MessageKind.ACTION_REQUIRED, {"reason": "too_many_channels"}),
    ("limited by Telegram", MessageKind.ACTION_REQUIRED, {"reason": "restricted_by_telegram"}),
    ("refused by Telegram", MessageKind.ACTION_REQUIRED, {"reason": "refused_by_telegram"}),
    ("kept out otherwise", MessageKind.ACTION_REQUIRED, {"reason": "-"}),
    ("banned from all that the plan opens", MessageKind.BANNED, {"chat": "Tertulia", "rests": True}),
    ("banned from one of its chats", MessageKind.BANNED, {"chat": "Tertulia", "rests": False}),
    ("a stranger was inside", MessageKind.STRANGER_REMOVED, {}),
    ("paid after the end", MessageKind.PAYMENT_FLAGGED, {"reason": "subscription_over"}),
    ("another amount", MessageKind.PAYMENT_FLAGGED, {"reason": "amount_mismatch"}),
    ("another account", MessageKind.PAYMENT_FLAGGED, {"reason": "customer_mismatch"}),
    ("paid twice", MessageKind.PAYMENT_FLAGGED, {"reason": "second_capture"}),
    ("paid twice, and it goes back", MessageKind.PAYMENT_FLAGGED, {"reason": "second_capture_returning"}),
    ("part of a closed order", MessageKind.PAYMENT_FLAGGED, {"reason": "order_closed"}),
    ("part of a closed order, and it goes back", MessageKind.PAYMENT_FLAGGED, {"reason": "order_closed_returning"}),
    ("money to look into", MessageKind.PAYMENT_FLAGGED, {"reason": "-"}),
    ("less than was asked", MessageKind.PART_RECEIVED, {"amount": Money(2679, "EUR")}),
    ("the first payment never came", MessageKind.CHECKOUT_FAILED, {}),
    ("for life, and another plan goes on", MessageKind.PAYMENT_RECEIVED, {"charged": "VIP", "charged_plan": "vip"}),
    ("more than was asked", MessageKind.PAYMENT_RECEIVED, {"amount": Money(3100, "EUR"), "excess": Money(101, "EUR")}),
]
_COMING: Final = {"next_plan": "Sportium", "next_amount": Money(1999, "EUR")}
_LIVING: Final[Sequence[tuple[str, MessageKind, Mapping[str, object]]]] = [
    ("three days before the charge", MessageKind.RENEWAL_COMING, {}),
    ("the same, with another plan to come", MessageKind.RENEWAL_COMING, _COMING),
    ("the same, and nothing is charged", MessageKind.RENEWAL_COMING, {"amount": Money(0, "EUR")}),
    ("the same, and it ends later", MessageKind.RENEWAL_COMING, {"ends_at": samples.NOW + 3 * samples.MONTH}),
    ("renewed", MessageKind.RENEWED, {}),
    ("renewed, by the week", MessageKind.RENEWED, {"charge": samples.NOW, "next_amount": Money(999, "EUR")}),
    ("renewed for nothing, by credit or a discount", MessageKind.RENEWED, {"amount": Money(0, "EUR")}),
    ("renewed while kept out", MessageKind.RENEWED, {"withheld": True}),
    ("before a trial ends", MessageKind.TRIAL_ENDING, {"renews": True}),
    ("the same, and nothing is charged", MessageKind.TRIAL_ENDING, {"renews": True, "amount": Money(0, "EUR")}),
    ("before a trial ends that does not renew", MessageKind.TRIAL_ENDING, {}),
    ("the charge failed", MessageKind.PAYMENT_FAILED, {}),
    ("the charge failed, and the plan is for sale", MessageKind.PAYMENT_FAILED, {"renewable": True}),
    ("the charge that ends a pause failed", MessageKind.PAYMENT_FAILED, {"rests": True}),
    ("where the provider has pages for it", MessageKind.PAYMENT_FAILED, {"provider": "card"}),
    ("the bank wants it confirmed", MessageKind.CONFIRM_CHARGE, {"provider": "card"}),
    ("two days later, and 12 h before the end", MessageKind.DUNNING, {}),
    ("recovered", MessageKind.RECOVERED, {}),
    ("recovered while kept out", MessageKind.RECOVERED, {"withheld": True}),
    ("canceled", MessageKind.CANCELED, {"undo": True}),
    ("canceled for good", MessageKind.CANCELED, {}),
    ("canceled while paused", MessageKind.CANCELED, {"rests": True}),
    ("canceled while a charge is under way", MessageKind.CANCELED, {"undo": True, "over": True, "charging": True}),
    ("canceled in the grace days", MessageKind.CANCELED, {"undo": True, "over": True}),
    ("undone", MessageKind.CANCEL_UNDONE, {}),
    ("new terms", MessageKind.TERMS_CHANGED, {}),
    ("new terms, with the day from which they hold", MessageKind.TERMS_CHANGED, {"since": samples.NOW.date()}),
    ("undone, with another plan agreed for the renewal", MessageKind.CANCEL_UNDONE, _COMING),
    ("the end is near, canceled", MessageKind.ENDING_SOON, {"undo": True}),
    ("the end is near, paid once", MessageKind.ENDING_SOON, {"renewable": True}),
    ("the end is near, given", MessageKind.ENDING_SOON, {"renewable": True, "given": True}),
    ("the end is near, and it cannot be renewed yet", MessageKind.ENDING_SOON, {}),
    ("the end is near, and the seller paused the charges", MessageKind.ENDING_SOON, {"renews": True}),
    ("over, the channel is kept", MessageKind.EXPIRED, {}),
    ("over, nothing is kept", MessageKind.EXPIRED, {"kept": None}),
    ("over, and its customer is barred", MessageKind.EXPIRED, {"barred": True}),
    ("a day and a week after", MessageKind.COME_BACK, {}),
    ("the same, nothing is kept", MessageKind.COME_BACK, {"kept": None}),
    ("another plan", MessageKind.PLAN_SWITCHED, {"renews": True}),
    ("another plan after a cancellation", MessageKind.PLAN_SWITCHED, {}),
    ("another plan while paused", MessageKind.PLAN_SWITCHED, {"rests": True}),
    ("another plan for what was paid once", MessageKind.PLAN_SWITCHED, {"once": True}),
    ("what it cost", MessageKind.CHANGE_PAID, {"amount": Money(1016, "EUR")}),
    ("another plan at the renewal", MessageKind.PLAN_SWITCH_PLANNED, _COMING),
    ("the plan stays after all", MessageKind.PLAN_SWITCH_DROPPED, {}),
    ("paused", MessageKind.PAUSED, {}),
    ("paused, of chats that many share", MessageKind.PAUSED, {"shared": True}),
    ("paused at their own wish", MessageKind.PAUSED, {"back": samples.NOW + samples.MONTH}),
    (
        "out until the next charge, after days given in a pause",
        MessageKind.PAUSED,
        {"back": samples.NOW + samples.MONTH, "uncharged": True},
    ),
    ("days for an invitation", "referred", {}),
    ("suspended by the team", MessageKind.SUSPENDED, {}),
    ("suspended, of chats that many share", MessageKind.SUSPENDED, {"shared": True}),
    ("moved by the team", MessageKind.ACCESS_MOVED, {}),
    ("moved by the team during a suspension", MessageKind.ACCESS_MOVED, {"held": True}),
    ("dispute opened, of chats that many share", MessageKind.DISPUTE_OPENED, {"shared": True}),
    ("resumed", MessageKind.RESUMED, {}),
    ("a part refunded", MessageKind.REFUNDED, {"amount": Money(1000, "EUR")}),
    ("refunded", MessageKind.REFUNDED, {"full": True}),
    ("refunded, but not the difference", MessageKind.REFUNDED, {"full": True, "difference_left": Money(1000, "EUR")}),
    ("refunded, other time is left", MessageKind.REFUNDED, {"full": True, "live": True}),
    ("refunded, other time waits", MessageKind.REFUNDED, {"full": True, "live": True, "withheld": True}),
    ("refunded, paid twice", MessageKind.REFUNDED, {"full": True, "soft_id": ""}),
    ("dispute opened", MessageKind.DISPUTE_OPENED, {}),
    ("refunded, and access goes on", MessageKind.REFUNDED, {"full": True, "live": True, "goes_on": True}),
    ("refunded, and billing continues", MessageKind.REFUNDED, {"full": True, "renews": True}),
    ("refunded after access had ended", MessageKind.REFUNDED, {"full": True, "was_over": True}),
    ("dispute won", MessageKind.DISPUTE_WON, {}),
    ("a gift refunded", MessageKind.REFUNDED, {"full": True, "gift": True, "soft_id": ""}),
    ("a gift refunded that was opened", MessageKind.REFUNDED, {"full": True, "gift": True}),
    ("a gift is ready", "gift_ready", {}),
    ("it was opened", "gift_opened", {}),
    ("a bank asks about it, unopened", "gift_held", {}),
    ("its dispute lost", "gift_returned", {}),
    ("its dispute lost, opened", "gift_returned", {"opened": True}),
    ("a gift gone with its money", "gift_taken", {}),
    ("the same, other time is left", "gift_taken", {"live": True}),
    ("the same, while kept out", "gift_taken", {"live": True, "rests": True}),
    ("dispute about a gift", MessageKind.DISPUTE_OPENED, {"gifted": True}),
    ("the same, won", MessageKind.DISPUTE_WON, {"gifted": True}),
    ("dispute lost", MessageKind.DISPUTE_LOST, {}),
    ("dispute lost after access had ended", MessageKind.DISPUTE_LOST, {"was_over": True}),
    ("dispute lost, other time is left", MessageKind.DISPUTE_LOST, {"live": True}),
    ("dispute lost, it goes on renewing", MessageKind.DISPUTE_LOST, {"live": True, "goes_on": True}),
    ("dispute lost, other time waits", MessageKind.DISPUTE_LOST, {"live": True, "rests": True}),
    ("dispute lost, a part of the payment", MessageKind.DISPUTE_LOST, {"live": True, "taken": Money(1000, "EUR")}),
    (
        "dispute lost in a skipped month",
        MessageKind.DISPUTE_LOST,
        {"live": True, "rests": True, "goes_on": True, "back": samples.NOW + samples.MONTH},
    ),
    (
        "dispute lost, it waits and goes on renewing",
        MessageKind.DISPUTE_LOST,
        {"live": True, "rests": True, "goes_on": True, "back": None},
    ),
    ("dispute lost, the next charge is under way", MessageKind.DISPUTE_LOST, {"goes_on": True}),
]


def _getting_in(t: Texts) -> Sequence[Shot]:
    return [_shot(t, *row) for row in _WELCOMED]


def _living(t: Texts) -> Sequence[Shot]:
    """Return the messages that customers get during a subscription, without those of features that are not installed.
    Messages without a caption of their own come last.
    """
    shown = {kind for _, kind, _ in (*_WELCOMED, *_LIVING)} | {MessageKind.VIP_ENTRY}
    more = [made.kind for word, made in ANNOUNCEMENTS.items() if word not in shown]
    rows = (*_LIVING, *((kind.replace("_", " "), kind, {}) for kind in more))
    return [_shot(t, *row) for row in rows if row[1] in ANNOUNCEMENTS]


def _shot(t: Texts, caption: str, kind: MessageKind, facts: Mapping[str, object]) -> Shot:
    return Shot(caption, notices.render(announcement(kind, **facts), t.language, samples.SUPPORT, samples.PAGES))


def _standing(t: Texts) -> Sequence[Shot]:
    shown = partial(status.status, t, pages=samples.PAGES)
    states = [Shot(caption, shown(samples.card(item))) for caption, item in samples.STATES.items()]
    order = samples.card(paid=False, orders=(samples.ORDER,))
    renewing = samples.card(samples.STATES["paid, the channel is being made"])
    two = [replace(samples.LIVE, plan_name=name, invite_url="https://t.me/+abc") for name in ("Retabet", "Sportium")]
    return [
        Shot("nothing yet", status.status(t, samples.card(paid=False)), _command(t, "estado")),
        Shot("an order to be paid", status.status(t, order)),
        *states,
        Shot("the rest of an order to be paid", status.status(t, replace(order, open_orders=(samples.PART_PAID,)))),
        Shot("a new link is being made", status.status(t, renewing, renewals=["retabet"])),
        Shot("several", status.status(t, samples.card(samples.CANCELED, samples.OTHER))),
        Shot("under «Gestionar»", status.manage(t, samples.card(samples.CANCELED, samples.OTHER))),
        Shot("several to open", status.invite_links(t, samples.card(*two)), t.plain("buttons.open_one")),
        Shot("several to undo", status.status(t, samples.card(*(replace(each, can_undo=True) for each in two)))),
        *_mending(t),
    ]


def _mending(t: Texts) -> Sequence[Shot]:
    owed, elsewhere = samples.STATES["a charge failed"], PagesView(soft_id="retabet", plan_name="Retabet", pages=None)
    both = ManagePages(card="https://pay.example/card", pay="https://pay.example/pay")
    return [
        Shot("a charge failed: under «Gestionar»", status.manage(t, samples.card(owed), pages=samples.PAGES)),
        Shot("a charge failed, where there are no pages", status.status(t, samples.card(owed))),
        Shot("«💶»", mending.pages(t, replace(elsewhere, pages=both), "pay")),
        Shot("«💳»", mending.pages(t, replace(elsewhere, pages=both), "card")),
        Shot("no page after all", mending.pages(t, elsewhere, "pay")),
        Shot(
            "«💳» while nothing is owed",
            mending.pages(t, replace(elsewhere, pages=ManagePages(card=both.card), owed=False), "card"),
        ),
        Shot("the same without a page", mending.pages(t, replace(elsewhere, owed=False), "card")),
        Shot("nothing is owed any more", status.status(t, samples.card(samples.LIVE), lead=mending.nothing_owed(t))),
        Shot("the provider does not answer", mending.failure(t, "pay", "retabet")),
    ]


def _explained(t: Texts) -> Sequence[Shot]:
    told = [Shot(caption, explanations_card(t, [item])) for caption, item in samples.explanations().items()]
    return [Shot("nothing to explain", explanations_card(t, []), _command(t, "porque")), *told]


def _leaving(t: Texts) -> Sequence[Shot]:
    until = samples.LIVE.access_until
    return [
        Shot("one subscription", cancel.card(t, samples.LIVE, several=False), _command(t, "cancelar")),
        Shot("a charge outstanding", cancel.card(t, samples.STATES["a charge failed"], several=False)),
        Shot("a charge under way", cancel.card(t, replace(samples.LIVE, charging_until=until), several=False)),
        Shot("several", cancel.choose(t, [samples.LIVE, samples.OTHER])),
        Shot("nothing to cancel", cancel.nothing(t, [], 0)),
        Shot("paid in advance", cancel.nothing(t, [], 1, until)),
        Shot("opened by a code", cancel.nothing(t, [], 1, until, is_paid=False)),
        Shot("canceled already", cancel.nothing(t, [samples.CANCELED], 1)),
        *(Shot(f"says why: {reason}", _offered(t, reason)) for reason in ("price", "time", "results")),
        Shot("says why: price, of chats that many share", _offered(t, "price", own=False)),
        Shot("says why: price, and days are given", _offered(t, "price", stay=timedelta(days=7), down=None)),
        Shot("says why: time, and a month may be left out", _offered(t, "time", pauses=True)),
        Shot("says why: results, and days are given", _offered(t, "results", stay=timedelta(days=7))),
        Shot(
            "stayed",
            cancel.stay_screen(t, samples.LIVE, timedelta(days=7)),
            t.plain("buttons.stay", days=t.unit("day", 7)),
        ),
        Shot("given within the year", cancel.none_left(t)),
        Shot("thanks for the reason", cancel.thanks(t, samples.CANCELED)),
        Shot("too late to undo", cancel.notice(t, "cannot_undo", plans=True)),
        Shot("not confirmed", cancel.failure(t, callbacks.confirm_cancel(samples.LIVE.soft_id))),
        Shot("undo not confirmed", cancel.failure(t, callbacks.undo_cancel(samples.CANCELED.soft_id), undo=True)),
    ]


def _offered(
    t: Texts,
    reason: str,
    *,
    pauses: bool = False,
    stay: timedelta = timedelta(),
    own: bool = True,
    down: ChangeOffer | None = contact_changes.DOWN,
) -> Screen:
    return cancel.offer(
        t,
        replace(samples.LIVE, own=own),
        reason,
        several=False,
        cheaper=down,
        contact=samples.SUPPORT,
        keeps=timedelta(days=30),
        pauses=pauses,
        stay=stay,
    )


_ALARM_FACTS: Final[Mapping[str, Mapping[str, str]]] = {
    "features_differ": {"processes": "web: mcp 1.0.0 on; worker: none"},
    "files_of_other_bot": {"titles": "Guía, Manual"},
    "many_alarms": {"alarms": "webhooks_refused"},
    "paid_without_access": {
        "access": str(samples.ACCESS),
        "telegram_id": "6000000011",
        "channel": "Retador · Retabet",
    },
    "pool_share": {"share": "85", "left": "37", "days": "9", "per_day": "4"},
    "pool_dry": {"accounts": "2"},
    "mirror_lost": {"channel": "Mis picks", "plans": "retabet"},
    "deletions_unseen": {"channel": "Mis picks", "plans": "retabet"},
    "deletions_held": {"channel": "Mis picks", "plans": "retabet", "posts": "14"},
    "customers_rehomed": {"account": "1 ES", "channels": "37"},
    "channels_taken_over": {"account": "1 ES", "by": "2 FR", "channels": "37"},
    "reconciled": {
        "found": "12",
        "healed": "11",
        "open": "1",
        "differences": "no_answer\tpaypal\tagain\nrefund\t3F2A91BC · 7001 · stripe\t",
    },
    "brought_back": {
        "since": "2026-03-12 03:00 UTC",
        "until": "2026-03-12 14:20 UTC",
        "recalled": "2",
        "unsent": "3",
        "undelivered": "1",
        "unknown": "stripe pi_3Q 6000000011",
        "silent": "-",
        "found": "3",
        "differences": "unknown\t3F2A91BC · 7001 · stripe\tlook_there\nrefund\t3F2A91BC · 7001 · stripe\t",
    },
    "sweep_held": {
        "sweep": samples.ACCESS.hex,
        "people": "7",
        "live": "40",
        "limit": "5",
        "who": "\n".join(
            f"{name}\t{number}\t{explanations_card}\t2026-03-12T20:00:00+00:00"
            for name, number, explanations_card in (
                ("María", 6000000011, "canceled"),
                ("Juan", 6000000012, "unpaid"),
                ("Ana", 6000000013, "time_over"),
            )
        ),
    },
    "sweep_done": {"sweep": samples.ACCESS.hex, "people": "7", "until": "2026-03-13T20:00:00+00:00"},
}


def _alarming(t: Texts) -> Sequence[Shot]:
    """Return the messages of all alarms with a text of their own, the general message for any other alarm, and the
    answers to the alarms' buttons.
    """
    other = ("alarms.fact", "alarms.other")
    known = [key for key in t.entries if key.startswith("alarms.") and key.count(".") == 1 and key not in other]
    shots = [_alarm(t, key.removeprefix("alarms.")) for key in known]
    answers = [Shot(f"repair: {each}", Screen(t(f"alarms.repair.{each}"))) for each in ("nothing", "not_yours")]
    words = [Shot("bulk expiry: gone", bulk_expiries.unknown_bulk_expiry(t))]
    return [
        *shots,
        _alarm(t, "brand_new"),
        *answers,
        *words,
        Shot("bulk expiry: not yours", bulk_expiries.not_yours(t)),
    ]


def _alarm(t: Texts, kind: str) -> Shot:
    message = AlarmMessage(alarm=kind, facts=dict(_ALARM_FACTS.get(kind, {"order": "A1B2C3D4"})))
    return Shot(kind, notices.render(message, t.language))


_SECTIONS: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {
    "Beginning": _beginning,
    "Paying": _paying,
    "Getting in": _getting_in,
    "A code for the VIP channel": contact_vip.activation,
    "A promotion that applies": contact_deals.shots,
    "Being given a plan": contact_gifts.opening,
    "Asked before paying": contact_declarations.declaring,
    "The right to withdraw": contact_declarations.acknowledging,
    "Entering a shared channel": contact_vip.entering,
    "How it stands: /estado": _standing,
    "The life of a subscription": _living,
    "Another plan": contact_changes.changing,
    "A month left out": contact_pauses.pausing,
    "Money that does not fit": contact_changes.misfits,
    "Why: /porque": _explained,
    "Leaving: /cancelar": _leaving,
    **of_features("samples", "CHAT"),
    "What the owners are told": _alarming,
}
