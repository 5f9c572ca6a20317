"""Screens of a purchase from «Suscribirse» to the checkout, and of its refusals."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.formats import moment
from bot.keyboards import back_to_plan, back_to_plans, button, keyboard, other_methods, pays, plans_button
from bot.screens import Screen, status
from bot.screens.deals import cause, not_by
from bot.texts import Texts
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.catalog.overlaps import Overlap
from subscriptions.application.checkout.give_free_plan import FreeTime
from subscriptions.application.checkout.start_checkout import CheckoutView
from subscriptions.application.views.plan_texts import offer_price, plan_price, trial_terms, with_trial
from subscriptions.application.views.show_status import ReviewView
from subscriptions.domain.entities.spoken import nearest
from subscriptions.domain.ports.payment_gateway import GatewayDescriptor


def free(t: Texts, plan: PlanView, consent: str | None = None) -> Screen:
    """Return the screen that asks the customer to confirm a free plan.

    consent: statement of the terms that the press accepts, for a customer who has not accepted them yet.
    """
    text = _with_consent(t("checkout.free", plan=plan.label, price=plan_price(t, plan)), consent)
    yes = button(t.plain("buttons.take_free"), callbacks.free(plan.soft_id))
    return Screen(text, keyboard(yes, back_to_plan(t, plan.soft_id)))


def free_given(t: Texts, time: FreeTime) -> Screen:
    """Confirm that the customer received the free plan. A separate message follows with the invite link."""
    text = t("checkout.free_given", plan=time.plan_name, until=moment(t, time.access_end))
    return Screen(text, keyboard(button(t.plain("buttons.status"), callbacks.STATUS)))


def methods(
    t: Texts,
    plan: PlanView,
    descriptors: Mapping[str, GatewayDescriptor],
    *,
    note: str | None = None,
    consent: str | None = None,
) -> Screen:
    """Return the payment methods with their prices and speeds. The screen is shown if there are several methods or if
    the customer must give consent.

    note: line above the text. consent: statement of the terms that the choice accepts, for a customer who has not
    accepted them yet.
    """
    rows = method_buttons(t, plan, descriptors, plan.methods)
    lines = [t("checkout.method", plan=plan.label, price=offer_price(t, plan)), *trial_terms(t, plan)]
    lines += deals(t, plan, descriptors)
    lines += still_charged(t, plan.overlaps)
    text = _with_consent("\n\n".join(line.strip() for line in lines), consent)
    return Screen(
        f"{note}\n\n{text}" if note else text, keyboard(*rows, *ends(t, plan.overlaps), back_to_plan(t, plan.soft_id))
    )


def method_buttons(
    t: Texts, plan: PlanView, descriptors: Mapping[str, GatewayDescriptor], codes: Sequence[str]
) -> list[InlineKeyboardButton]:
    """Return a button for each of the given methods, skipping methods whose callback data exceeds the limit."""
    return [
        button(method_label(t, plan, descriptors[code]), callbacks.pay(code, plan.soft_id))
        for code in codes
        if len(callbacks.pay(code, plan.soft_id).encode()) <= callbacks.LIMIT
    ]


def country(
    t: Texts,
    soft_id: str,
    countries: Collection[str],
    data: Callable[[str, str], str] = callbacks.country,
) -> Screen:
    """Ask for the buyer's country, because the operator sells only in some countries.

    data: function that returns the callback data of a country's button, by the country and the plan's slug.
    """
    names = sorted((str(t.locale.territories.get(code, code)), code) for code in countries)
    buttons = [button(name, data(code, soft_id)) for name, code in names]
    rows = [buttons[row_start : row_start + 2] for row_start in range(0, len(buttons), 2)]
    other = button(t.plain("checkout.country.other"), data(callbacks.ELSEWHERE, soft_id))
    return Screen(t("checkout.country.ask"), keyboard(*rows, other, back_to_plan(t, soft_id)))


def not_served(t: Texts, soft_id: str, support: str) -> Screen:
    """Report that plans are not sold in the buyer's country, with a button to choose again."""
    text = t("checkout.country.refused")
    text = f"{text.strip()}\n\n{t('chat.support', contact=support)}" if support else text
    return Screen(
        text, keyboard(button(t.plain("checkout.country.again"), callbacks.subscribe(soft_id)), plans_button(t))
    )


def still_charged(t: Texts, overlaps: Sequence[Overlap]) -> list[str]:
    """Return a line per subscription that is still charged although a lifetime plan grants the same channel."""
    return [t("checkout.still_charged", plan=each.plan_name) for each in overlaps]


def ends(t: Texts, overlaps: Sequence[Overlap]) -> list[InlineKeyboardButton]:
    """Return a button for each subscription of `still_charged`. The button cancels that subscription's renewal."""
    return [
        button(t.plain("buttons.end_renewal", plan=each.plan_name), callbacks.cancel(each.soft_id)) for each in overlaps
    ]


def with_charged(t: Texts, screen: Screen, overlaps: Sequence[Overlap]) -> Screen:
    """Add the lines of `still_charged` and the buttons of `ends` to a screen."""
    rows = screen.markup.inline_keyboard if screen.markup is not None else []
    text = "\n\n".join([screen.text.strip(), *still_charged(t, overlaps)])
    return Screen(text, keyboard(*rows, *ends(t, overlaps))) if overlaps else screen


def deals(t: Texts, plan: PlanView, descriptors: Mapping[str, GatewayDescriptor]) -> list[str]:
    """Return the lines about a promotion: the reduced price, and the methods to which the promotion does not apply."""
    deal = plan.deal or next(iter(plan.deals.values()), None)
    full_price_labels = [_label(t, descriptors[code]) for code in plan.methods if code not in plan.deals]
    return [*cause(t, plan, deal), *not_by(t, plan, full_price_labels)]


def _label(t: Texts, descriptor: GatewayDescriptor) -> str:
    return nearest(descriptor.label, t.language) or next(iter(descriptor.label.values()), descriptor.code)


def _with_consent(text: str, consent: str | None) -> str:
    return f"{text.rstrip()}\n\n{consent.strip()}" if consent else text


def method_label(t: Texts, plan: PlanView, descriptor: GatewayDescriptor) -> str:
    """Return the label of a payment method's button: its name, price with the plan's trial, and speed."""
    price = with_trial(t, plan, t.money(plan.asked_by(descriptor.code)))
    parts = [_label(t, descriptor), price, nearest(descriptor.speed, t.language)]
    return " · ".join(part for part in parts if part)


def owed(t: Texts, *, is_owed: bool) -> str | None:
    """Return the line for a customer who pays in the place of a failed charge; None for anybody else."""
    return t("checkout.owed") if is_owed else None


def pay(t: Texts, checkout: CheckoutView, *, note: str | None = None) -> Screen:
    """Return the screen with the link to the checkout. `note`: line above the text."""
    plan = checkout.plan
    text = t(
        "checkout.pay",
        plan=plan.label,
        price=offer_price(t, replace(plan, price=checkout.each)),
        until=moment(t, checkout.expires_at),
        reference=checkout.reference,
        note="".join(f"\n\n{note}" for note in _notes(t, checkout)),
    )
    return Screen(
        f"{note}\n\n{text}" if note else text,
        keyboard(
            pays(t.plain("buttons.pay"), checkout.url),
            other_methods(t, plan.soft_id) if len(plan.methods) > 1 else None,
            *ends(t, plan.overlaps),
            button(t.plain("buttons.paid"), callbacks.verify(plan.soft_id)),
            back_to_plan(t, plan.soft_id),
        ),
    )


def _notes(t: Texts, checkout: CheckoutView) -> list[str]:
    """Return the notes on a checkout: the promotion, the amount still due, other subscriptions that are still charged,
    and the lack of automatic renewal.
    """
    notes = [line.strip() for line in trial_terms(t, replace(checkout.plan, price=checkout.each))]
    notes += [*cause(t, checkout.plan, checkout.deal), *rest(t, checkout), *still_charged(t, checkout.plan.overlaps)]
    if checkout.plan.recurring and checkout.provider not in checkout.plan.renewing_methods:
        notes.append(t.plain("checkout.by_period"))
    return notes


def rest(t: Texts, checkout: CheckoutView) -> list[str]:
    """Return a line about the amount still due after a partial payment."""
    if checkout.price is None or checkout.price == checkout.amount:
        return []
    return [t.plain("parts.rest", received=checkout.price - checkout.amount, missing=checkout.amount)]


def trial(t: Texts, checkout: CheckoutView, note: str, back_to: str) -> Screen:
    """Return the screen of a staff member's test purchase.

    note: explanation of the test. back_to: callback data of «⬅️ Volver».
    """
    pay_button = pays(t.plain("buttons.pay"), checkout.url)
    return Screen(f"{note}\n\n{pay(t, checkout).text}", keyboard(pay_button, button(t.plain("buttons.back"), back_to)))


def no_method(t: Texts, *, telegrams_alone: bool = False) -> Screen:
    """Report that no payment method is available for the plan.

    telegrams_alone: True if only payments in Telegram's currency are permitted.
    """
    text = "checkout.not_telegrams" if telegrams_alone else "checkout.no_method"
    return Screen(t(text), keyboard(back_to_plans(t)))


def bar(t: Texts, support: str) -> Screen:
    """Report that the customer is barred from buying but keeps existing access, with the contact address."""
    parts = [t("checkout.barred")] + ([t("chat.support", contact=support)] if support else [])
    return Screen("\n\n".join(parts))


def under_review(t: Texts, item: ReviewView | None, support: str) -> Screen:
    """Report that a payment for this plan is under review, so that the customer does not pay again."""
    parts = [status.review(t, item) if item else t("status.review.unnamed")]
    parts += [t("chat.support", contact=support)] if support else []
    return Screen("\n\n".join(parts), keyboard(plans_button(t)))


def unavailable(
    t: Texts, soft_id: str, reference: str | None, provider: str | None = None, *, others: bool = False
) -> Screen:
    """Report that the provider does not answer.

    provider: the chosen method. others: True if the plan has other methods.
    """
    data = callbacks.pay_again(provider, soft_id) if provider else callbacks.subscribe(soft_id)
    retry = button(t.plain("buttons.retry"), data)
    rows = (retry, other_methods(t, soft_id) if others else None, back_to_plan(t, soft_id))
    return Screen(t("checkout.unavailable", order=_order(t, reference)), keyboard(*rows))


def rejection(t: Texts, reference: str | None, soft_id: str | None = None) -> Screen:
    """Report that the provider refused the checkout. soft_id: slug of the plan if it has other methods, else None."""
    another = other_methods(t, soft_id) if soft_id else None
    return Screen(t("checkout.rejected", order=_order(t, reference)), keyboard(another, plans_button(t)))


def _order(t: Texts, reference: str | None) -> str:
    return f"\n{t.plain('checkout.order', reference=reference)}" if reference else ""
