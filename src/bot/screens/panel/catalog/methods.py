"""Screens of payment methods for owners: state, order, missing settings, and a test payment."""

from collections.abc import Sequence
from dataclasses import replace

from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import card, screen, up
from bot.texts import Texts
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.catalog.see_methods import MethodState
from subscriptions.application.views.plan_texts import plan_price
from subscriptions.domain.entities.spoken import nearest
from subscriptions.domain.ports.payment_gateway import SettingState

PLANS_SHOWN = 20


def methods(t: Texts, states: Sequence[MethodState], note: str | None = None, *, by_hand: bool = False) -> Screen:
    """Return the installed payment methods in the order in which customers see them.

    note: result of the previous command. by_hand: True if a payment method needs confirmation by staff.
    """
    lines = [
        t("methods.line", label=button_word(t, item), state=t.plain(f"methods.state.{_state(item)}")) for item in states
    ]
    parts = [note] if note else []
    parts += [t("methods.title"), card(*lines) if lines else t("methods.none")]
    if not any(item.sells for item in states):
        parts.append(t("methods.nothing_sells"))
    rows = [button(button_word(t, item), data("method", item.code)) for item in states]
    confirm = button(t.plain("panel.way.arrivals"), data("arrivals")) if by_hand else None
    return screen(t, "\n\n".join(parts), *rows, confirm, back_to=up("methods"))


def method(t: Texts, item: MethodState, others: int, note: str | None = None) -> Screen:
    """Return the card of a payment method. others: number of other configured methods."""
    parts = [note] if note else []
    facts = [t("methods.state_line", state=t.plain(f"methods.state.{_state(item)}"))]
    if item.livemode is not None:
        facts.append(t("methods.live" if item.livemode else "methods.test"))
    parts.append(card(t("methods.name", label=button_word(t, item)), *facts))
    parts.append(t(f"methods.about.{_state(item)}"))
    if not item.telegrams:
        parts.append(t("commands.show_payment_method.effect.elsewhere"))
    if item.settings:
        parts.append(t("methods.settings") + "\n" + "\n".join(_setting(t, each) for each in item.settings))
    if not item.is_configured:
        return screen(t, "\n\n".join(parts), back_to="methods", deep=True)
    word, command = ("off", "hide") if item.is_on else ("on", "show")
    switch = button(t.plain(f"commands.{command}_payment_method.label"), data(f"method.{word}", item.code))
    moves = [
        button(t.plain(f"commands.{command}_payment_method.label"), data(f"method.{direction}", item.code))
        for direction, command in (("up", "raise"), ("down", "lower"))
    ]
    trial = button(t.plain("methods.try"), data("method.test", item.code))
    return screen(t, "\n\n".join(parts), switch, moves if others else None, trial, back_to="methods", deep=True)


def trial(t: Texts, item: MethodState, plans: Sequence[PlanView]) -> Screen:
    """Ask for the plan of a test payment, listing the cheapest plan first."""
    back_data = data("method", item.code)
    if not plans:
        return screen(t, t("methods.no_plan", label=button_word(t, item)), back_to=back_data, deep=True)
    rows = [
        button(
            t.plain(
                "plans.button", plan=plan.label, price=plan_price(t, replace(plan, price=plan.price_by(item.code)))
            ),
            data("method.try", item.code, plan.soft_id),
        )
        for plan in plans[:PLANS_SHOWN]
        if len(plan.soft_id) + len(item.code) <= 64 - len(data("method.try", "", ""))
    ]
    text = t("methods.ask_plan", label=button_word(t, item), money=mode(t, item))
    return screen(t, text, *rows, back_to=back_data, deep=True)


def mode(t: Texts, item: MethodState) -> str:
    """Return the text that states whether a test payment by this method costs real money."""
    word = {True: "real", False: "unreal", None: "perhaps"}[item.livemode]
    return t.plain(f"methods.money.{word}")


def button_word(t: Texts, item: MethodState) -> str:
    """Return the label of a method's button."""
    return nearest(item.label, t.language) or next(iter(item.label.values()), item.code)


def _state(item: MethodState) -> str:
    if item.sells:
        return "on"
    if item.is_configured:
        return "off"
    return "broken" if item.is_broken else "empty"


def _setting(t: Texts, item: SettingState) -> str:
    if item.problem is not None:
        return t("methods.wrong", name=item.name, problem=item.problem)
    return t("methods.given" if item.is_given else "methods.absent", name=item.name)
