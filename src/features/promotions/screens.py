"""Screens of promotion codes: the confirmation with the discounted plans, and refusals."""

from collections.abc import Sequence

from bot import callbacks
from bot.keyboards import button, keyboard, plans_button
from bot.screens import Screen
from bot.texts import Texts
from features.promotions.use_cases.claim_promotion import Claim, PromotionRefusal
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.views.plan_texts import gives, offer_price, with_trial
from subscriptions.domain.entities.service_plan import PlanCard


def claim(t: Texts, claimed_promotion: Claim, plans: Sequence[PlanView]) -> Screen:
    """Confirm that the code was applied. plans: plans the customer may buy, with their new prices."""
    offer = claimed_promotion.promotion
    matches = [plan for plan in plans if any(deal.discount_code.id == offer.id for deal in plan.deals.values())]
    better_deal = next(
        (deal for plan in plans for deal in plan.deals.values() if deal.discount_code.id != offer.id), None
    )
    words = {"code": offer.code, "gives": gives(t, offer)}
    # A code for a single plan names it: the customer may be buying another plan.
    its_plan = matches[0] if matches and claimed_promotion.soft_id is not None else None
    if its_plan is not None:
        lines = [t("promotions.claimed_for", plan=its_plan.name, **words)]
    else:
        lines = [t("promotions.claimed" if matches else "promotions.kept", **words)]
    if not matches:
        lines.append(
            t("promotions.better", code=better_deal.code) if better_deal is not None else t("promotions.no_plan")
        )
    rows = [
        button(t.plain("plans.button", plan=plan.label, price=_short(t, plan)), callbacks.plan_select(plan.soft_id))
        for plan in matches
    ]
    return Screen("\n\n".join(line.strip() for line in lines), keyboard(*rows, None if rows else plans_button(t)))


def refusal(t: Texts, reason: PromotionRefusal, code: str, buying: PlanCard | None = None) -> Screen:
    """Return the reason why a promotion code was refused. code: as typed. buying: plan of the customer's open order,
    which stays open; None without one.
    """
    help_button = button(t.plain("buttons.help"), callbacks.HELP)
    text = t(f"promotions.refused.{reason}", code=code)
    if reason is PromotionRefusal.BARRED:
        return Screen(text, keyboard(help_button))
    action = plans_button(t)
    if buying is not None:
        action = button(t.plain("buttons.go_on_buying", plan=buying.name), callbacks.plan_select(buying.soft_id))
        text = f"{text.strip()}\n\n{t('promotions.refused.buying', plan=buying.name)}"
    return Screen(text, keyboard(action, help_button if reason is PromotionRefusal.UNKNOWN else None))


def _short(t: Texts, plan: PlanView) -> str:
    deal = plan.deal
    if deal is None or deal.amount_due == deal.price:
        return offer_price(t, plan)
    price = t.plain("promotions.button", asked=t.money(deal.amount_due), price=t.money(deal.price))
    return with_trial(t, plan, price)
