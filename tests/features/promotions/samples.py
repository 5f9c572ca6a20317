"""Screens about promotion codes for the contact sheet, as customers see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from bot.screens import checkout, deals, plans
from bot.screens.notices import render
from bot.texts import Texts
from features.promotions import screens
from features.promotions.use_cases.claim_promotion import Claim, PromotionRefusal
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.promotion import Deal, Promotion, deal_for
from subscriptions.domain.ids import PromotionId
from subscriptions.domain.money import Money
from tests.fakes.announcements import announcement

_ID: Final = PromotionId(UUID("00000000-0000-4000-8000-000000000059"))


def offer(**more: Any) -> Promotion:
    """Return a sample promotion, by default with a discount of twenty percent."""
    gives = more if {"amount", "days"} & more.keys() else {"percent": 20, **more}
    return Promotion(**({"id": _ID, "code": "VERANO20", "created_at": samples.NOW} | gives))


def _deal(promotion: Promotion, plan: PlanView, *, renews: bool) -> Deal:
    found = deal_for(promotion, plan.price, renews=renews, trial=False, first_price=True)
    if found is None:
        raise ValueError("a promotion that gives nothing")
    return found


def _with(plan: PlanView, promotion: Promotion, *methods: str) -> PlanView:
    deals = {code: _deal(promotion, plan, renews=code in plan.renewing_methods) for code in methods or plan.methods}
    return replace(plan, deals=deals)


def _chat(t: Texts) -> Sequence[Shot]:
    """Return all screens of customers about promotion codes."""
    twenty, each, days = offer(), offer(first_only=False), offer(days=7, code="SEMANA")
    five = offer(amount=Money(500, "EUR"), code="CINCO", id=PromotionId(UUID(int=60)))
    renewing, once = _with(samples.RETABET, twenty), _with(samples.BET365, five)
    deal = _deal(twenty, samples.RETABET, renews=True)
    page = replace(samples.CHECKOUT, plan=renewing, amount=deal.amount_due, price=deal.amount_due, deal=deal)
    descriptors = samples.descriptors()
    claimed = Claim(promotion=twenty, soft_id=None)
    return [
        Shot("a promotion", screens.claim(t, claimed, [renewing, _with(samples.BET365, twenty)]), "VERANO20"),
        Shot("a sum", screens.claim(t, Claim(promotion=five, soft_id="bet365"), [once]), "cinco"),
        Shot("days", screens.claim(t, Claim(promotion=days, soft_id=None), [_with(samples.RETABET, days)])),
        Shot("a better one is theirs", screens.claim(t, claimed, [once])),
        Shot("no plan for it", screens.claim(t, claimed, [])),
        Shot("the first payment", plans.plan_card(t, renewing)),
        Shot("each payment", plans.plan_card(t, _with(samples.RETABET, each))),
        Shot("paid once", plans.plan_card(t, once)),
        Shot("held by another page", plans.plan_card(t, replace(samples.BET365, reservation="VERANO20"))),
        Shot("days on top", plans.plan_card(t, _with(samples.RETABET, days))),
        Shot("the ways to pay, not by all of them", checkout.methods(t, _with(renewing, twenty, "card"), descriptors)),
        Shot("the place to pay", checkout.pay(t, page)),
        Shot("come back", render(announcement(MessageKind.COME_BACK, promotion="VUELVE", percent=20), t.language)),
        Shot("no more of these", deals.in_peace(t, quiet=True)),
        Shot("again", deals.in_peace(t, quiet=False)),
        *(Shot(f"no promotion: {why}", screens.refusal(t, why, "VERANO21")) for why in PromotionRefusal),
        Shot("no such code while buying", screens.refusal(t, PromotionRefusal.UNKNOWN, "VERANO21", samples.RETABET)),
    ]


_PROMOTION: Final = {
    "promotion": "VERANO20",
    "gives_percent": 20,
    "gives_amount": None,
    "gives_days": None,
    "status": "running",
    "plan": "every",
    "counts": "first",
    "often": "once",
    "uses": 100,
    "expires_at": samples.NOW,
    "claimed": 412,
    "used": 30,
    "money_brought": {"EUR": 71970},
    "saved": {"EUR": 18000},
    "created_at": samples.NOW,
    "link": "https://t.me/RetadorBot?start=promo_VERANO20",
}
CHAT: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"Promotion codes": _chat}
"""Screens that customers see."""
PANEL_ROWS: Final[Mapping[str, Mapping[str, Mapping[str, object]]]] = {
    "promotions": {
        "a promotion": _PROMOTION,
        "a sum": {**_PROMOTION, "gives_percent": None, "gives_amount": Money(500, "EUR"), "counts": "each"},
        "days, and over": {**_PROMOTION, "gives_percent": None, "gives_days": 7, "status": "over", "link": None},
    },
}
"""Rows of the panel's lists."""
COMMAND_FACTS: Final[Mapping[str, Mapping[str, str]]] = {
    "make_promotion": {"gives": "20\u00a0%", "when": "first", "often": "once", "uses": "100"}
}
"""Facts of single dialogues."""
