"""Screens of notifications, rendered when the notification is sent."""

from collections.abc import Container
from dataclasses import fields
from datetime import date, datetime
from functools import singledispatch
from typing import Final

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot import callbacks
from bot.feature import message_screen
from bot.formats import calendar_day, day, moment, zone_line
from bot.keyboards import button, keyboard, link, new_page, other_methods, pays, plans_button
from bot.screens import Screen, acknowledgements, cancel, checkout, deals, mending
from bot.screens.alarms import alarm
from bot.screens.entry import entry as entry_screen
from bot.texts import NOWHERE_ELSE, Texts, texts_for
from subscriptions.application.catalog.overlaps import Overlap
from subscriptions.application.messages import channel_messages as channels
from subscriptions.application.messages import content_messages as contents
from subscriptions.application.messages import dispute_messages as disputes
from subscriptions.application.messages import nudge_messages as nudges
from subscriptions.application.messages import payment_messages as payments
from subscriptions.application.messages import subscription_messages as subscriptions
from subscriptions.application.messages.announcement import AlarmMessage
from subscriptions.application.vip.vip_view import VipView
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.notification import Message
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.entities.withdrawal import DeclarationKind
from subscriptions.domain.services.zones import Zones

Buttons = InlineKeyboardMarkup | None

OTHER: Final = "other"
"""Name of the text for a reason that has no text of its own."""

NOTHING: Final = "–"
"""Text shown in place of a missing fact."""


def render(
    message: Message,
    language: str,
    support: str = "",
    pages: Container[str] = (),
    zones: Zones = NOWHERE_ELSE,
    *,
    zone: str | None = None,
    brand: str = "",
) -> Screen:
    """Return a notification in the recipient's language.

    support: contact address for messages that may need it. pages: providers with a billing page on which a failed
    charge can be paid. zone: the recipient's chosen time zone. zones: default time zones by language. brand: shop name
    shown on documents.

    Raises KeyError for a kind without a text; a test checks that each kind has one.
    """
    t = texts_for(language, zones, zone)
    if message.is_for_staff:
        t = t.in_zone(zones.home)
    draw = message_screen(type(message))
    if draw is not None or isinstance(message, AlarmMessage):
        screen = draw(t, message) if draw is not None else alarm(t, message.to_params())
        if message.is_for_staff:
            return Screen(zone_line(t, screen.text), screen.markup)
        needs_help = support and message.may_need_help
        return Screen(_with_help(t, screen.text, support), screen.markup) if needs_help else screen
    if isinstance(message, channels.VipEntry | payments.Withdrawn):
        return _own_screen(t, message, brand, support)
    text = t(_key(t, message), **_facts(t, message))
    if isinstance(message, subscriptions.ComeBack) and message.promotion:
        text = f"{text.strip()}\n\n{deals.with_it(t, message)}"
    if isinstance(message, payments.PaymentMessage) and message.excess is not None:
        text = f"{text}\n\n{t('parts.excess', excess=message.excess)}"
    charge_line = _charge_line(t, message)
    if charge_line:
        text = f"{text.strip()}\n\n{charge_line}"
    if isinstance(message, payments.PaymentMessage | payments.RefundedMessage):
        text = _with_details(t, text, message)
    if isinstance(message, subscriptions.ChargeFailedMessage):
        screen = _failed_charge(t, message, text, on_page=message.provider in pages)
        return Screen(_with_help(t, screen.text, support), screen.markup)
    if support and message.may_need_help:
        text = _with_help(t, text, support)
    if isinstance(message, payments.PaymentReceivedMessage):
        return _payment_screen(t, message, text)
    return Screen(text, _buttons(message, t))


def _charge_line(t: Texts, message: Message) -> str:
    """Return the paragraph about the next charge, or about the end of the charges; empty if there is none."""
    if isinstance(message, payments.PaymentReceivedMessage | payments.PeriodMessage) and message.next_amount:
        return t("notices.next_charge", **_facts(t, message))
    if isinstance(message, channels.InviteReady | channels.VipEntry) and message.charge and message.next_amount:
        return t("plans.trial", price=message.next_amount, day=day(t, message.charge))
    if isinstance(message, subscriptions.RenewalComingMessage | subscriptions.TrialEndingMessage) and message.ends_at:
        return t("notices.renews_until", **_facts(t, message))
    return ""


def _failed_charge(t: Texts, message: subscriptions.ChargeFailedMessage, text: str, *, on_page: bool) -> Screen:
    """Return the screen of a failed charge: how to have it collected, and how to pay by another method. `on_page`: True
    if the provider has billing pages.
    """
    paragraphs = [text, *([] if on_page else [t("mending.balance")])]
    paragraphs += [t("mending.otherwise")] if message.renewable else []
    buttons = mending.buttons(
        t,
        message.soft_id,
        pay_first=isinstance(message, subscriptions.ConfirmCharge),
        has_pages=on_page,
        is_payable=message.renewable,
    )
    screen_text = "\n\n".join(each.strip() for each in paragraphs)
    return Screen(screen_text, keyboard(*buttons, None if on_page else _status(t)))


def _payment_screen(t: Texts, message: payments.PaymentReceivedMessage, text: str) -> Screen:
    """Return the screen of a received payment: the text with the next step of the entry procedure, other subscriptions
    that are still charged unnecessarily, and the right of withdrawal.
    """
    text = f"{text.strip()}\n\n{t('notices.replaces')}" if message.replaces else text
    below_screen = _ritual(t, message) if message.stage else None
    screen = (
        Screen(text)
        if below_screen is None
        else Screen(f"{text}\n\n{t('vip.line')}\n{below_screen.text}", below_screen.markup)
    )
    overlaps = [Overlap(soft_id=message.charged_plan, plan_name=message.charged)] if message.charged else []
    screen = checkout.with_charged(t, screen, overlaps)
    if message.withdraw_until is None:
        return screen
    key = f"withdrawal.declared_{message.declared}"
    if t.has(key):
        # The law requires a confirmation of the declaration on a durable medium; otherwise the declaration has no
        # effect.
        screen = Screen(f"{screen.text.strip()}\n\n{t(key)}", screen.markup)
    if message.declared == DeclarationKind.CONTENT:
        return screen
    # One line is enough: /estado has the button for the whole withdrawal period, and the invite link is more important
    # here.
    line = t("withdrawal.right", last_day=calendar_day(t, message.withdraw_until))
    return Screen(f"{screen.text.strip()}\n\n{line}", screen.markup)


def _own_screen(t: Texts, message: channels.VipEntry | payments.Withdrawn, brand: str, support: str) -> Screen:
    if isinstance(message, channels.VipEntry):
        screen, line = _ritual(t, message), _charge_line(t, message)
        return Screen(f"{screen.text.strip()}\n\n{line}", screen.markup) if line else screen
    return acknowledgements.acknowledgement(t, message, brand, support)


def with_receipt(t: Texts, text: str, number: str) -> str:
    """Return the text followed by the number of the receipt."""
    return f"{text}\n{t('receipts.line', number=number)}"


def _with_details(t: Texts, text: str, message: payments.PaymentMessage | payments.RefundedMessage) -> str:
    """Return the text followed by a price difference that was not refunded, and by the number of the receipt."""
    if isinstance(message, payments.RefundedMessage) and message.difference_left is not None:
        text = f"{text.strip()}\n\n{t('notices.difference_left', difference=message.difference_left)}"
    return with_receipt(t, text, message.receipt) if message.receipt else text


def _with_help(t: Texts, text: str, support: str) -> str:
    return f"{text}\n\n{t('chat.support', contact=support)}" if support else text


def _ritual(t: Texts, message: channels.VipEntry | payments.PaymentReceivedMessage) -> Screen:
    entry = message if isinstance(message, channels.VipEntry) else None
    view = VipView(
        plan_name=message.plan_name,
        stage=message.stage,
        access=AccessStatus.PENDING,
        access_until=message.until,
        invite_url=entry.url if entry else None,
        invite_until=entry.expires if entry else None,
        resource=entry.resource if entry else VIP,
        chat=entry.chat if entry else "VIP",
    )
    return entry_screen(t, view)


def _key(t: Texts, message: Message) -> str:
    key = f"notices.{message.kind}"
    if isinstance(message, disputes.DisputeOpenedMessage | disputes.DisputeWon) and message.gifted:
        return f"{key}_gift"
    if isinstance(message, payments.RenewedMessage | payments.RecoveredMessage) and not message.amount.minor:
        return "notices.renewed_for_nothing"
    if isinstance(message, subscriptions.AccessMovedMessage) and message.held:
        return f"{key}_held"
    if isinstance(message, subscriptions.SubscriptionMessage) and message.shared and t.has(f"{key}_vip"):
        return f"{key}_vip"
    if not message.word:
        return key
    return f"{key}.{message.word}" if t.has(f"{key}.{message.word}") else f"{key}.{OTHER}"


_DAYS: Final = frozenset({"kept", "ended_at", "stays"})
"""Names of the timestamp fields for which messages show only the date."""


def _facts(t: Texts, message: Message) -> dict[str, object]:
    facts = {item.name: _fact(t, item.name, getattr(message, item.name)) for item in fields(message)}
    # Use the plan's name without its emoji, because the line has an emoji of its own.
    return facts | {"plan": facts.get("plan_name", NOTHING)}


def _fact(t: Texts, name: str, fact: object) -> object:
    if isinstance(fact, datetime):
        return day(t, fact) if name in _DAYS else moment(t, fact)
    if isinstance(fact, date):
        return calendar_day(t, fact)
    if isinstance(fact, tuple) and name == "amounts":
        return " + ".join(map(t.money, fact))
    return NOTHING if fact is None else fact


@singledispatch
def _buttons(message: Message, t: Texts) -> Buttons:
    """Return the buttons of a notification, or None if it has none."""
    return None


@_buttons.register
def _(message: contents.ContentReady, t: Texts) -> Buttons:
    if message.word == "link":
        return keyboard(link(t.plain("buttons.open_chat", title=message.title), message.body))
    return None


@_buttons.register
def _(message: channels.InviteReady, t: Texts) -> Buttons:
    if message.chats:
        return keyboard(*(link(t.plain("buttons.join_chat", title=title), url) for title, url in message.invite_links))
    return keyboard(link(t.plain("buttons.join", plan=message.plan_name), message.url))


@_buttons.register
def _(message: payments.PartReceivedMessage, t: Texts) -> Buttons:
    # The customer pays the remaining amount by the method of the partial payment.
    text = t.plain("buttons.pay_rest", missing=message.missing)
    make_data = callbacks.pay_for_another if message.gift else callbacks.pay_again
    return keyboard(pays(text, data=make_data(message.provider, message.soft_id)))


@_buttons.register
def _(message: nudges.AbandonedMessage, t: Texts) -> Buttons:
    return keyboard(new_page(t, message.provider, message.soft_id), other_methods(t, message.soft_id))


@_buttons.register
def _(message: payments.CheckoutFailedMessage, t: Texts) -> Buttons:
    choice = callbacks.buy_for_another if message.gift else callbacks.methods
    return keyboard(button(t.plain("buttons.pay_again"), choice(message.soft_id)))


@_buttons.register
def _(message: subscriptions.CanceledMessage, t: Texts) -> Buttons:
    if message.word != "undo" and not (message.word == "charging" and message.undo):
        return None
    return keyboard(_undo(t, message), *(cancel.reasons(t, message.soft_id) if message.unsaid else []))


@_buttons.register
def _(message: subscriptions.ExpiredMessage, t: Texts) -> Buttons:
    if message.barred:
        return keyboard(button(t.plain("buttons.help"), callbacks.HELP))
    return keyboard(_return(t, message), plans_button(t) if message.repeatable else None)


@_buttons.register
def _(message: subscriptions.ComeBack, t: Texts) -> Buttons:
    return_button = _return(t, message)
    if message.promotion:
        return_button = button(
            t.plain("buttons.use_promotion", code=message.promotion), callbacks.promotion(message.promotion)
        )
    return keyboard(return_button, button(t.plain("buttons.no_offers"), callbacks.NO_OFFERS))


@_buttons.register
def _(message: subscriptions.EndingSoon, t: Texts) -> Buttons:
    if message.renews:
        return keyboard(_status(t))
    if message.renewable:
        text = t.plain("buttons.renew", plan=message.plan_name)
        return keyboard(button(text, callbacks.subscribe(message.soft_id)))
    return keyboard(_undo(t, message) if message.undo else _return(t, message))


@_buttons.register
def _(message: subscriptions.RenewalComingMessage, t: Texts) -> Buttons:
    return keyboard(_status(t), _leave(t, message))


@_buttons.register
def _(message: subscriptions.TrialEndingMessage, t: Texts) -> Buttons:
    return keyboard(_status(t), _leave(t, message)) if message.renews else keyboard(_return(t, message))


@_buttons.register
def _(message: subscriptions.PlanSwitchPlannedMessage, t: Texts) -> Buttons:
    return keyboard(button(t.plain("buttons.keep_plan"), callbacks.keep_plan(message.soft_id)))


@_buttons.register
def _(message: subscriptions.TermsChangedMessage, t: Texts) -> Buttons:
    return keyboard(button(t.plain("buttons.terms"), callbacks.TERMS))


@_buttons.register
def _(message: channels.ActionRequiredMessage, t: Texts) -> Buttons:
    return keyboard(button(t.plain("buttons.retry"), callbacks.STATUS))


@_buttons.register
def _(message: channels.BannedMessage, t: Texts) -> Buttons:
    return keyboard(button(t.plain("buttons.help"), callbacks.HELP), _status(t))


@_buttons.register
def _(message: nudges.ErasureHeldUp, t: Texts) -> Buttons:
    return None if message.waits else keyboard(button(t.plain("mydata.button.erase"), callbacks.ERASE_DATA))


@_buttons.register(channels.StrangerRemovedMessage)
@_buttons.register(nudges.NotJoinedMessage)
@_buttons.register(subscriptions.AccessMovedMessage)
@_buttons.register(subscriptions.PausedMessage)
@_buttons.register(subscriptions.PlanSwitchedMessage)
@_buttons.register(subscriptions.SuspendedMessage)
@_buttons.register(subscriptions.WaitingTimeBeganMessage)
def _(message: Message, t: Texts) -> Buttons:
    return keyboard(_status(t))


def _status(t: Texts) -> InlineKeyboardButton:
    return button(t.plain("buttons.status"), callbacks.STATUS)


def _undo(t: Texts, message: subscriptions.SubscriptionMessage) -> InlineKeyboardButton:
    # The message stays in the chat, so the button identifies its subscription in case the customer has others by then.
    return button(t.plain("buttons.undo"), callbacks.undo_cancel(message.soft_id))


def _leave(t: Texts, message: subscriptions.SubscriptionMessage) -> InlineKeyboardButton:
    return button(t.plain("buttons.cancel"), callbacks.cancel(message.soft_id))


def _return(t: Texts, message: subscriptions.SubscriptionMessage) -> InlineKeyboardButton:
    if not message.repeatable:
        # The plan's button would lead to a refusal.
        return plans_button(t)
    text = t.plain("buttons.return_for", plan=message.plan_name, price=message.price)
    return button(text, callbacks.subscribe(message.soft_id))
