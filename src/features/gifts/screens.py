"""Screens of a gift: the explanation, the checkout, and the message with the link to pass on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.formats import moment
from bot.keyboards import back_to_plan, button, copy, keyboard, link, pays, plans_button
from bot.screens import Screen
from bot.screens import checkout as checkout_screens
from bot.screens.notices import with_receipt
from bot.status_section import StatusSection
from bot.texts import Texts
from features.gifts.callbacks import gift_link
from features.gifts.messages import GiftHeld, GiftOpenedMessage, GiftReady, GiftReturnedMessage
from features.gifts.use_cases.show_gift import GiftView
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.checkout.check_order import PaymentCheck
from subscriptions.application.checkout.start_checkout import CheckoutView
from subscriptions.application.views.plan_texts import plan_price
from subscriptions.domain.ports.payment_gateway import GatewayDescriptor
from subscriptions.domain.services.handover_policy import HandoverState

MOST_GIFTS: Final = 3
"""Maximum number of unopened gifts shown on the screen of a gift's price and on the status card."""

_REASONS: Final = {HandoverState.MONEY_BACK: "back", HandoverState.HELD: "held"}
_PASSES: Final = frozenset({"held", "wait"})


def choice(
    t: Texts,
    plan: PlanView,
    descriptors: Mapping[str, GatewayDescriptor],
    gifts: Sequence[GiftView] = (),
    *,
    consent: str | None = None,
    ignores_promotion: bool = False,
) -> Screen:
    """Return the price of a gift and its payment methods.

    consent: terms that the choice of a method accepts; only for a customer who has not accepted them yet
    gifts: unopened gifts of any plan
    ignores_promotion: True if the customer has a promotion that applies only to a purchase for themselves
    """
    text = t("gifts.choice", plan=plan.label, price=plan_price(t, plan))
    buttons = [
        button(checkout_screens.method_label(t, plan, descriptors[code]), callbacks.pay_for_another(code, plan.soft_id))
        for code in plan.methods
    ]
    return Screen(
        "\n\n".join(
            part.strip() for part in (text, t("gifts.uncounted") if ignores_promotion else None, consent) if part
        ),
        keyboard(*buttons, *[see(t, each) for each in gifts[:MOST_GIFTS]], back_to_plan(t, plan.soft_id)),
    )


def pay(t: Texts, checkout: CheckoutView) -> Screen:
    """Return the screen with the link to the checkout of a gift."""
    plan = checkout.plan
    text = t(
        "gifts.pay",
        plan=plan.label,
        price=plan_price(t, replace(plan, price=checkout.price or checkout.amount)),
        until=moment(t, checkout.expires_at),
        reference=checkout.reference,
    )
    parts = [text, *checkout_screens.rest(t, checkout)]
    return Screen(
        "\n\n".join(part.strip() for part in parts),
        keyboard(
            pays(t.plain("buttons.pay"), checkout.url),
            button(t.plain("buttons.paid"), callbacks.paid_for_another(plan.soft_id)),
            button(t.plain("buttons.back"), callbacks.buy_for_another(plan.soft_id)),
        ),
    )


def sections(t: Texts, gifts: Sequence[GiftView]) -> Sequence[StatusSection]:
    """Return the sections of the status card for unopened gifts: a section with a text for each gift, and a later
    section with a button for each gift.
    """
    lines = [StatusSection(order=10, text=_waits(t, each)) for each in gifts]
    return [*lines, *(StatusSection(order=40, buttons=[[see(t, each)]]) for each in gifts)]


def _waits(t: Texts, gift: GiftView) -> str:
    key = "waits_held" if gift.state is HandoverState.HELD else "waits"
    return t(f"gifts.{key}", plan=gift.plan_name, reference=gift.reference)


def handover(t: Texts, gift: GiftView) -> Screen:
    """Return the message that the giver forwards, which addresses the recipient and names no price. If the gift has no
    valid link, return the reason instead.
    """
    if gift.link is None:
        return _no_link(t, gift)
    text = t("gifts.card", plan=gift.plan_name, duration=t.unit("day", gift.days), link=gift.link)
    words = {"url": gift.link, "text": t.plain("gifts.shared", plan=gift.plan_name)}
    share = link(t.plain("gifts.share"), f"https://t.me/share/url?{urlencode(words)}")
    return Screen(text, keyboard(share, copy(t.plain("buttons.copy_link"), gift.link)))


def _no_link(t: Texts, gift: GiftView) -> Screen:
    key = "opened" if gift.is_opened else _REASONS.get(gift.state, "wait")
    refresh = button(t.plain("buttons.refresh"), gift_link(gift.order_id.hex)) if key in _PASSES else None
    return Screen(t(f"gifts.{key}", plan=gift.plan_name, reference=gift.reference), keyboard(refresh, plans_button(t)))


def verification(t: Texts, result: PaymentCheck | None, soft_id: str, at: str) -> Screen:
    """Return the result of the payment check. result: None if the provider did not respond. at: time of the check."""
    key = "unreachable" if result is None else result.name.lower()
    again_button = button(t.plain("buttons.refresh"), callbacks.paid_for_another(soft_id))
    other = (
        button(t.plain("buttons.pay_otherwise"), callbacks.buy_for_another(soft_id))
        if result is PaymentCheck.NOTHING
        else None
    )
    return Screen(t(f"gifts.verify.{key}", at=at), keyboard(again_button, other, back_to_plan(t, soft_id)))


def trouble(t: Texts, soft_id: str, *, is_rejected: bool) -> Screen:
    """Report that the provider did not respond, or refused the checkout. Nothing was charged."""
    text = t("checkout.rejected" if is_rejected else "checkout.unavailable", order="")
    return Screen(
        text, keyboard(button(t.plain("buttons.retry"), callbacks.buy_for_another(soft_id)), back_to_plan(t, soft_id))
    )


def see(t: Texts, gift: GiftView) -> InlineKeyboardButton:
    return button(t.plain("gifts.unopened", plan=gift.plan_name), gift_link(gift.order_id.hex))


def buy_buttons(t: Texts, plan: PlanView) -> Sequence[InlineKeyboardButton]:
    """Return the button on a plan's card that buys the plan as a gift; empty if the plan cannot be bought as a gift."""
    payable = plan.giftable and plan.methods
    return [button(t.plain("gifts.button"), callbacks.buy_for_another(plan.soft_id))] if payable else []


def ready(t: Texts, message: GiftReady) -> Screen:
    """Return the notice that a gift is paid and can be passed on."""
    text = t("notices.gift_ready", plan=message.plan_name, amount=message.amount, reference=message.reference)
    if message.excess is not None:
        text = f"{text}\n\n{t('parts.excess', excess=message.excess)}"
    if message.receipt:
        text = with_receipt(t, text, message.receipt)
    return Screen(text, keyboard(button(t.plain("gifts.show"), gift_link(message.order))))


def opened(t: Texts, message: GiftOpenedMessage) -> Screen:
    """Return the notice that a gift was opened."""
    return Screen(t("notices.gift_opened", plan=message.plan_name, reference=message.reference))


def held(t: Texts, message: GiftHeld) -> Screen:
    """Return the notice that a gift's payment is disputed."""
    return Screen(t("notices.gift_held", plan=message.plan_name, reference=message.reference))


def returned(t: Texts, message: GiftReturnedMessage) -> Screen:
    """Return the notice that the bank returned a gift's payment."""
    return Screen(t(f"notices.gift_returned.{message.word}", plan=message.plan_name, reference=message.reference))
