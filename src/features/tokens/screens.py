"""Screens of activation codes for staff."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton

from bot.keyboards import button, copy
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import screen
from bot.texts import Texts
from features.tokens.commands import MadeCode
from subscriptions.application.views.plan_texts import plan_price
from subscriptions.domain.entities.service_plan import ServicePlan


def choose(t: Texts, plans: Sequence[ServicePlan]) -> Screen:
    """Ask for the plan of a new code. A plan's button creates the code immediately; the last button asks for options
    first.
    """
    if not plans:
        return screen(t, t("tokens.no_plans"), button(t.plain("offer.new"), data("plan.new")))
    rows = [
        button(t.plain("offer.plan_on", plan=plan.label, price=plan_price(t, plan)), data("gen.make", plan.id))
        for plan in plans
    ]
    return screen(t, t("tokens.choose"), *rows, button(t.plain("tokens.options"), data("token.new")))


def code_made(t: Texts, code: MadeCode, plan: ServicePlan) -> tuple[str, Sequence[InlineKeyboardButton]]:
    """Return the text above a new code's card, and the buttons to copy its link and to create another code."""
    lines = [t("tokens.ready", code=code.code), t("tokens.share", link=code.link) if code.link else t("tokens.no_link")]
    copies = [copy(t.plain("buttons.copy_link"), code.link)] if code.link else []
    return "\n\n".join(lines), [*copies, button(t.plain("tokens.another"), data("gen.make", plan.id))]
