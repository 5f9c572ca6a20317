"""Screens of a plan change, including its price and date before the customer confirms."""

from collections.abc import Sequence
from datetime import datetime

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.formats import day, duration, moment
from bot.keyboards import button, keyboard, link, plans_button
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.subscriptions.offered_changes import (
    ChangeOffer,
    ChangeQuote,
    HeldBeside,
    ResumePage,
)
from subscriptions.application.views.plan_texts import recurring_price
from subscriptions.domain.entities.ledger import LEAST_TIME
from subscriptions.domain.services.remainder_policy import Remainder


def choose(t: Texts, offers: Sequence[ChangeOffer], plans: Sequence[HeldBeside] = ()) -> Screen:
    """Return the plans that a subscription can be changed to.

    plans: other plans of the customer, which are not offered as targets.
    """
    if not offers:
        return plans_beside(t, plans) if plans else notice(t, "none")
    rows = [
        button(t.plain("plans.button", plan=offer.to_label, price=price(t, offer)), _switch(offer)) for offer in offers
    ]
    text = "\n\n".join([t("change.choose", plan=offers[0].from_name).strip(), *paragraphs_beside(t, plans)])
    return Screen(text, keyboard(*rows, _status(t)))


def plans_beside(t: Texts, plans: Sequence[HeldBeside]) -> Screen:
    """Explain why a plan cannot be changed to another plan that the customer already has, with the alternatives."""
    longer_plans = [item for item in plans if not item.is_later]
    more = [
        button(t.plain("buttons.renew", plan=item.to_name), callbacks.subscribe(item.to_soft_id))
        for item in longer_plans
    ]
    return Screen("\n\n".join(paragraphs_beside(t, plans)), keyboard(*more, _status(t), plans_button(t)))


def paragraphs_beside(t: Texts, plans: Sequence[HeldBeside]) -> list[str]:
    """Return the explanation of `plans_beside` as paragraphs that can be added to a card."""
    return [
        t(
            "change.beside_later" if item.is_later else "change.beside",
            earlier=item.from_name,
            until=day(t, item.access_end),
            plan=item.to_name,
            end=day(t, item.end),
        )
        for item in plans
    ]


def which(t: Texts, offers: Sequence[ChangeOffer]) -> Screen:
    """Ask which of several subscriptions to change to a plan."""
    rows = [button(t.translate(offer.from_name), _switch(offer)) for offer in offers]
    return Screen(t("change.which"), keyboard(*rows, _status(t)))


def quote(t: Texts, change: ChangeQuote, lead: str | None = None) -> Screen:
    """Return the screen with the effect of a plan change and the button that confirms the change. lead: line above the
    text.
    """
    offer = change.offer
    if change.remainder is not None:
        return _quote_once(t, change, change.remainder, lead)
    outcome = "approve" if change.page is not None else "later"
    key = outcome if not offer.now else "now" if change.due.minor else "free"
    text = t(
        f"change.{key}",
        earlier=offer.from_name,
        plan=offer.to_name,
        due=change.due,
        price=price(t, offer),
        renewal=_moment(t, offer.renewal),
    )
    if change.first_renewal is not None and change.first_renewal != offer.price:
        sentence = t("change.renewal_differs", renewal=_moment(t, offer.renewal), amount=change.first_renewal)
        text = f"{text.strip()}\n{sentence}"
    text = "\n".join([text.strip(), *_time_lines(t, change)])
    sure = t.plain("buttons.switch_now") if offer.now else t.plain("buttons.switch_later", day=_day(t, offer.renewal))
    data = callbacks.confirm_switch(offer.to_soft_id, offer.subscription, change.as_of)
    press = button(sure, data) if change.page is None else link(t.plain("buttons.approve_change"), change.page)
    return Screen(_consequence(t, change, text, lead), keyboard(press, _back_button(t, offer)))


def _time_lines(t: Texts, change: ChangeQuote) -> list[str]:
    """Return the effect of a change on the customer's days."""
    names, time, lines = {"earlier": change.offer.from_name, "plan": change.offer.to_name}, change.time, list[str]()
    if time.waits:
        lines.append(t("change.waits", left=duration(t, change.as_of, time.waits), **names))
    if time.first_until is not None:
        lines.append(t("change.first", until=moment(t, time.first_until), **names))
    if time.again >= LEAST_TIME:
        lines.append(t("change.again", left=duration(t, change.as_of, time.again), **names))
    return lines


def _consequence(t: Texts, quote: ChangeQuote, text: str, lead: str | None) -> str:
    """Return the text, followed by the change's effect on the customer's chats. lead: line above the text."""
    offer, chats, lines = quote.offer, quote.chats, list[str]()
    if chats.own:
        key = "same_channel" if offer.now else "same_channel_later"
        lines.append(t(f"change.{key}", plan=offer.to_name, earlier=offer.from_name))
    if chats.gains:
        lines.append(t("change.gains", chats=", ".join(chats.gains)))
    if chats.loses:
        lines.append(t("change.loses", chats=", ".join(chats.loses)))
    return "\n\n".join([*([lead] if lead else []), text.strip(), "\n".join(lines or [t("change.same_chats")])])


def _quote_once(t: Texts, quote: ChangeQuote, remainder: Remainder, lead: str | None) -> Screen:
    """Return the effect of a change of a plan paid once: the credit for the remaining time, and the duration that the
    credit buys on the new plan.
    """
    offer = quote.offer
    text = t(
        "change.once",
        earlier=offer.from_name,
        plan=offer.to_name,
        left=duration(t, quote.as_of, remainder.time),
        credit=remainder.credit,
        length=duration(t, quote.as_of, remainder.length),
        until=moment(t, remainder.end),
    )
    data = callbacks.confirm_switch(offer.to_soft_id, offer.subscription, quote.as_of)
    press = button(t.plain("buttons.switch_now"), data)
    return Screen(_consequence(t, quote, text, lead), keyboard(press, _back_button(t, offer)))


def keep_there(t: Texts, way_back: ResumePage) -> Screen:
    """Report that the customer must also undo a scheduled change on the provider's page before the change
    takes effect.
    """
    text = t("change.keep_there", until=_moment(t, way_back.change_at))
    return Screen(text, keyboard(link(t.plain("buttons.approve_keep"), way_back.page), _status(t)))


def decline(t: Texts, plan: str, soft_id: str, subscription: str) -> Screen:
    """Report that the bank declined the charge. plan: name of the customer's unchanged plan."""
    again_button = button(t.plain("buttons.retry"), callbacks.switch(soft_id, subscription))
    return Screen(t("change.declined", plan=plan), keyboard(again_button, _status(t)))


def failure(t: Texts, data: str) -> Screen:
    """Report that the provider did not answer the request for a plan change. data: callback data that the retry button
    repeats.
    """
    return Screen(t("change.failed"), keyboard(button(t.plain("buttons.retry"), data), _status(t)))


def notice(t: Texts, key: str) -> Screen:
    """Return a short message. key: key of the text under `change`."""
    return Screen(t(f"change.{key}"), keyboard(_status(t), plans_button(t)))


def _switch(offer: ChangeOffer) -> str:
    return callbacks.switch(offer.to_soft_id, offer.subscription)


def price(t: Texts, offer: ChangeOffer) -> str:
    """Return the price of the new plan, per period if the plan renews."""
    if offer.interval is None:
        return t.money(offer.price)
    return recurring_price(t, offer.price, offer.interval, offer.interval_count)


def _moment(t: Texts, at: datetime | None) -> str:
    return moment(t, at) if at is not None else "–"


def _day(t: Texts, at: datetime | None) -> str:
    return day(t, at) if at is not None else "–"


def _status(t: Texts) -> InlineKeyboardButton:
    return button(t.plain("buttons.status"), callbacks.STATUS)


def _back_button(t: Texts, offer: ChangeOffer) -> InlineKeyboardButton:
    return button(t.plain("buttons.back"), callbacks.plan_select(offer.to_soft_id))
