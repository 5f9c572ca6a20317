"""Screens of the core about promotions that apply to a plan, for the contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from bot.screens import checkout, deals, plans
from bot.screens.notices import render
from bot.texts import Texts
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.domain.entities.discount_code import Deal, DiscountCode, deal_for
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.ids import DiscountCodeId
from subscriptions.domain.money import Money
from tests.fakes.announcements import announcement

_ID: Final = DiscountCodeId(UUID("00000000-0000-4000-8000-000000000059"))


def offer(**more: Any) -> DiscountCode:
    """Return a sample promotion, by default with a discount of twenty percent."""
    gives = more if {"amount", "days"} & more.keys() else {"percent": 20, **more}
    return DiscountCode(**({"id": _ID, "code": "VERANO20", "created_at": samples.NOW} | gives))


def deal_of(promotion: DiscountCode, plan: PlanView, *, renews: bool) -> Deal:
    """Return the discount that the promotion gives on the plan. Raise ValueError if it gives none.

    renews: True if the plan is renewed automatically.
    """
    found = deal_for(promotion, plan.price, renews=renews, trial=False, first_price=True)
    if found is None:
        raise ValueError("a promotion that gives nothing")
    return found


def with_promotion(plan: PlanView, promotion: DiscountCode, *methods: str) -> PlanView:
    """Return the plan with the promotion applied to these payment methods, by default to all."""
    deals = {code: deal_of(promotion, plan, renews=code in plan.renewing_methods) for code in methods or plan.methods}
    return replace(plan, deals=deals)


def shots(t: Texts) -> Sequence[Shot]:
    """Return the screens of plans and checkouts with a promotion, and the messages that invite a former customer to
    come back.
    """
    twenty, each, days = offer(), offer(first_only=False), offer(days=7, code="SEMANA")
    five = offer(amount=Money(500, "EUR"), code="CINCO", id=DiscountCodeId(UUID(int=60)))
    renewing, once = with_promotion(samples.RETABET, twenty), with_promotion(samples.BET365, five)
    deal = deal_of(twenty, samples.RETABET, renews=True)
    page = replace(samples.CHECKOUT, plan=renewing, amount=deal.amount_due, price=deal.amount_due, deal=deal)
    some_methods = with_promotion(renewing, twenty, "card")
    return [
        Shot("the first payment", plans.plan_card(t, renewing)),
        Shot("each payment", plans.plan_card(t, with_promotion(samples.RETABET, each))),
        Shot("paid once", plans.plan_card(t, once)),
        Shot("held by another page", plans.plan_card(t, replace(samples.BET365, reservation="VERANO20"))),
        Shot("days on top", plans.plan_card(t, with_promotion(samples.RETABET, days))),
        Shot("the ways to pay, not by all of them", checkout.methods(t, some_methods, samples.descriptors())),
        Shot("the place to pay", checkout.pay(t, page)),
        Shot("come back", render(announcement(MessageKind.COME_BACK, promotion="VUELVE", percent=20), t.language)),
        Shot("no more of these", deals.in_peace(t, quiet=True)),
        Shot("again", deals.in_peace(t, quiet=False)),
    ]
