"""Screens of the welcome message, the list of plans, and the card of a plan."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.commands import command_list
from bot.formats import moment
from bot.keyboards import back_to_plans, button, keyboard, link, pays, plans_button
from bot.screens import Screen, change, status
from bot.screens.checkout import deals, ends, method_buttons, method_label, rest, still_charged
from bot.screens.deals import cause
from bot.texts import Texts
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.checkout.start_checkout import CheckoutView
from subscriptions.application.subscriptions.offered_changes import ChangeOffer, HeldBeside
from subscriptions.application.views import plan_texts
from subscriptions.application.views.plan_texts import offer_price
from subscriptions.application.views.show_status import SubscriptionView
from subscriptions.application.vip.vip_view import VipView
from subscriptions.domain.entities.service_plan import PlanCard
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayDescriptor
from subscriptions.domain.services.buyer_policy import BuyerRefusal

NO_METHODS: Final[Mapping[str, GatewayDescriptor]] = {}

PlanButtons = Callable[[Texts, PlanView], Sequence[InlineKeyboardButton]]
"""Function that returns the buttons that features add to a plan's card."""

WELCOME_PLANS: Final = 4
"""Maximum number of plans in the welcome message; a button leads to the full list."""


ReadPlanLines = Callable[[Texts, str], Awaitable[Sequence[str]]]
"""Function that returns the lines that features add to a plan's card, given the texts and the plan's slug."""


def no_buttons(t: Texts, plan: PlanView) -> Sequence[InlineKeyboardButton]:
    """Return no buttons, for an installation without features."""
    return ()


def welcome(t: Texts, brand: str, plans: Sequence[PlanView]) -> Screen:
    """Return the welcome message with the brand, the offer, and the first plans."""
    # The text only promises a personal channel if every plan includes one.
    text = "plans.welcome_vip" if any(plan.opens_shared for plan in plans) else "plans.welcome"
    return Screen(t(text, brand=brand), keyboard(*_rows(t, plans[:WELCOME_PLANS]), plans_button(t)))


def unavailable(t: Texts) -> Screen:
    """Report that a plan is no longer offered, with a button to the other plans."""
    return Screen(t("plans.unavailable"), keyboard(plans_button(t)))


def not_theirs(t: Texts, plan: PlanCard, reason: BuyerRefusal, alternatives: Sequence[PlanView]) -> Screen:
    """Report that this customer may not buy a plan, with the reason.

    alternatives: plans that the customer may buy, best first.
    """
    plan_names = ", ".join(t.translate(view.name) for view in alternatives if view.soft_id in plan.holders_of)
    key = reason if reason is not BuyerRefusal.HOLDERS or plan_names else "holders_of_none"
    way = "plans.instead" if alternatives else "plans.nothing_else"
    text = f"{t(f'plans.not_theirs.{key}', plan=plan.name, plans=plan_names)}\n\n{t(way)}"
    more = None if len(alternatives) <= WELCOME_PLANS and alternatives else plans_button(t)
    return Screen(text, keyboard(*_rows(t, alternatives[:WELCOME_PLANS]), more))


def stale(t: Texts) -> Screen:
    """Report that the pressed button is no longer valid."""
    return Screen(t("chat.stale"), keyboard(plans_button(t)))


def help_screen(t: Texts, support: str, hidden: Collection[str] = (), *, offers_help: bool = False) -> Screen:
    """Return the help in answer to an unrecognized message. support: contact address. hidden: commands of features that
    are off. offers_help: True for a message that nobody will read; a button then opens /ayuda.
    """
    text = f"{t('chat.help')}\n\n{command_list(t, hidden)}"
    if support:
        text = f"{text}\n\n{t('chat.support', contact=support)}"
    guide = button(t.plain("buttons.help"), callbacks.HELP) if offers_help else None
    return Screen(text, keyboard(plans_button(t), guide))


def cancel_help(t: Texts, text: str = "") -> Screen:
    """Explain how to cancel. text: key of a text that also says that staff will read the message; empty if nobody will
    read the message.
    """
    return Screen(t(text or "chat.cancelling"))


def plan_list(t: Texts, plans: Sequence[PlanView], lead: str | None = None) -> Screen:
    """Return all plans, one per row, with the price on the button. lead: text that replaces the default text."""
    if not plans:
        return Screen(t("plans.none"))
    shared_flags = {plan.opens_shared for plan in plans}
    vip = any(plan.vip for plan in plans)
    if shared_flags == {True}:
        usual = "plans.list_only_vip" if vip else "plans.list_shared"
    else:
        usual = "plans.list_vip" if vip else "plans.list"
    return Screen(lead or t(usual), keyboard(*_rows(t, plans)))


def _rows(t: Texts, plans: Sequence[PlanView]) -> list[InlineKeyboardButton]:
    return [
        button(
            t.plain("plans.button", plan=plan.label, price=offer_price(t, plan)), callbacks.plan_select(plan.soft_id)
        )
        for plan in plans
    ]


def plan_card(
    t: Texts,
    plan: PlanView,
    offers: Sequence[ChangeOffer] = (),
    *,
    consent: str | None = None,
    checkout: CheckoutView | None = None,
    stands_alone: bool = False,
    lines: Sequence[str] = (),
    descriptors: Mapping[str, GatewayDescriptor] = NO_METHODS,
    further: Sequence[InlineKeyboardButton] = (),
) -> Screen:
    """Return the card of a plan for purchase. «Suscribirse» starts the first payment method; the other methods have
    separate buttons below.

    offers: subscriptions of the customer that can be changed to this plan instead. consent: statement of the terms that
    the press accepts, if the purchase requires no other answer. checkout: checkout of the first method, if the purchase
    requires no further answer. stands_alone: True if the plan is the only one on offer. lines: lines of features.
    descriptors: gateway descriptors of the methods; empty if other questions precede the choice of a method. further:
    buttons of features for this plan.
    """
    # The card shows the amount due: the method's own price, or the price of an order opened before the plan's price
    # changed.
    plan_view = replace(plan, price=checkout.each) if checkout else replace(plan, price=_each(plan))
    parts = plan_texts.card(t, plan_view)
    parts += lines
    first = checkout.provider if checkout else next(iter(plan.methods), "")
    others = [code for code in plan.methods if code != first and code in descriptors]
    parts += (
        deals(t, plan, descriptors)
        if others and not checkout
        else cause(t, plan, checkout.deal if checkout else plan.deal)
    )
    if others and first in descriptors:
        parts.append(t("plans.first_method", method=method_label(t, plan, descriptors[first])))
    direct_button = link(t.plain("buttons.pay"), checkout.url) if checkout else None
    verify_button = button(t.plain("buttons.paid"), callbacks.verify(plan.soft_id)) if checkout else None
    if checkout:
        parts += rest(t, checkout)
        parts.append(t("checkout.here", until=moment(t, checkout.expires_at), reference=checkout.reference))
    change = None
    if offers:
        names = ", ".join(t.translate(offer.from_name) for offer in offers)
        parts.append(t("change.offer", plan=names))
        whole = callbacks.switch(plan.soft_id, offers[0].subscription)
        data = whole if len(offers) == 1 else callbacks.switch_from(plan.soft_id)
        change = button(t.plain("buttons.switch", plan=plan.name), data)
    parts += still_charged(t, plan.overlaps)
    if consent:
        parts.append(consent)
    rows = (
        pays(t.plain("buttons.subscribe"), data=callbacks.subscribe(plan.soft_id)),
        direct_button,
        *method_buttons(t, plan, descriptors, others),
        verify_button,
        change,
        *ends(t, plan.overlaps),
        [*further, *([] if stands_alone else [back_to_plans(t)])],
    )
    return Screen("\n\n".join(part.strip() for part in parts), keyboard(*rows))


def _each(plan: PlanView) -> Money:
    deal = plan.deal
    return plan.price if deal is None or deal.first_only else deal.amount_due


def owned_card(
    t: Texts,
    plan: PlanView,
    item: SubscriptionView,
    vip: VipView | None,
    *,
    changeable: bool = False,
    plans: Sequence[HeldBeside] = (),
    further: Sequence[InlineKeyboardButton] = (),
) -> Screen:
    """Return the card of a plan that the customer already has: its status and its actions, without a purchase button.

    plans: other plans of the customer that cannot be changed to this plan. further: buttons of features for this plan.
    """
    rows = [
        link(t.plain("buttons.join", plan=item.plan_name), item.invite_url) if item.invite_url else None,
        status.renew_button(t, item) if item.renewable else None,
        button(t.plain("buttons.undo"), callbacks.undo_cancel(item.soft_id)) if item.can_undo else None,
        *status.change_buttons(t, item, {item.soft_id} if changeable else (), several=False),
        button(t.plain("buttons.status"), callbacks.STATUS),
        button(t.plain("buttons.cancel"), callbacks.cancel(item.soft_id)) if item.renews else None,
        [*further, back_to_plans(t)],
    ]
    is_payable = item.is_owed and item.renewable
    note = t("plans.owned_for_life" if item.for_life else "plans.owed" if is_payable else "plans.owned")
    parts = [plan_texts.head(t, plan), note, status.subscription(t, item, vip), *change.paragraphs_beside(t, plans)]
    return Screen("\n\n".join(parts), keyboard(*rows))
