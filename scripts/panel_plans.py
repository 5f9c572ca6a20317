"""Screens of the panel's plan dialogue that are shown before the plan is saved, with sample facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.screens.panel.catalog import offer
from bot.screens.plans import plan_card
from bot.texts import Texts, texts_for
from scripts import panel_samples as samples
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.catalog.plan_fields import QuestionKind
from subscriptions.application.views import plan_texts
from subscriptions.domain.entities.service_plan import Interval

RICH: Final = replace(
    samples.VIP,
    description="Todos los picks, cada día",
    texts={"en": {"name": "Monthly Premium", "description": "All picks, every day"}},
    trial_days=3,
)
"""A plan with every optional field."""


def titles(t: Texts) -> plan_texts.Titles:
    """Return the titles of the chats to which plans give access."""
    own_channel = t.plain("offer.opens.personal_channel")
    return {QuestionKind.RESOURCES: {"vip": "VIP", **dict.fromkeys(samples.RETABET.opens, own_channel)}}


def draft(t: Texts, *, new: bool, payable: bool = True, promises: Sequence[str] = ()) -> str:
    """Return the confirmation before a plan is saved.

    new: True for a new plan with all of its fields, False for the changes to an existing plan.
    payable: True if a payment method can charge the plan.
    promises: phrases in the plan's texts that promise certain winnings.
    """
    plan = RICH
    view = PlanView(
        soft_id=plan.soft_id,
        name=plan.name,
        emoji=plan.emoji,
        description=plan.description,
        price=plan.price,
        recurring=True,
        interval=Interval.MONTH,
        interval_count=1,
        duration_days=None,
    )
    said = {"name": plan.name, "duration_days": "month 1", "price": "9.99 USD", "opens": ", ".join(plan.opens)}
    more = {"trial_days": "3", "prices": "stars 1500 XTR", "en": "Monthly Premium\nAll picks, every day"}
    facts = (said | more) if new else more
    fields = [
        (t.plain(f"forms.plan_new.field.{each}"), plan_texts.answer_text(t, each, facts[each], titles(t)))
        for each in facts
    ]
    seen = [(language, plan_card(texts_for(language), view).text) for language in ("es", "en")]
    return offer.draft(
        t,
        plan,
        fields,
        seen,
        t.plain("plans.button", plan=plan.label, price=plan_texts.plan_price(t, view)),
        payable=payable,
        new=new,
        promises=promises,
    )
