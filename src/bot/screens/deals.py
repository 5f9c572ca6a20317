"""Texts about promotions: the reduced price of a plan, and win-back offers to former customers."""

from collections.abc import Sequence

from bot import callbacks
from bot.keyboards import button, keyboard
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.messages.subscription_messages import ComeBack
from subscriptions.application.views.plan_texts import gives, recurring_price
from subscriptions.domain.entities.discount_code import Deal


def with_it(t: Texts, message: ComeBack) -> str:
    """Return the text of a win-back offer to a former customer."""
    what = t.plain("promotions.percent", percent=message.percent) if message.percent is not None else ""
    what = t.plain("promotions.amount", amount=t.money(message.off)) if message.off is not None else what
    what = t.plain("promotions.days", days=t.unit("day", message.days)) if message.days is not None else what
    return t("promotions.win_back", code=message.promotion, gives=what)


def in_peace(t: Texts, *, quiet: bool) -> Screen:
    """Confirm that win-back offers are switched off or on again."""
    offers_button = button(t.plain("buttons.offers_again"), callbacks.OFFERS_AGAIN) if quiet else None
    return Screen(t("promotions.quiet" if quiet else "promotions.not_quiet"), keyboard(offers_button))


def cause(t: Texts, plan: PlanView, deal: Deal | None) -> list[str]:
    """Return the line about a promotion on a plan's card: its effect on the price and on later charges, or that an open
    checkout of another plan has reserved the code. Empty without a promotion.
    """
    if deal is None:
        return [t("promotions.reserved", code=plan.reservation)] if plan.reservation else []
    facts = {"code": deal.code, "gives": gives(t, deal.discount_code)}
    if deal.amount_due == deal.price:
        return [t("promotions.line.days", **facts)]
    facts |= {"asked": t.money(deal.amount_due), "price": t.money(deal.price)}
    if deal.first_only and deal.later_price is not None and plan.interval is not None:
        later_recurring_price = recurring_price(t, deal.later_price, plan.interval, plan.interval_count)
        return [t("promotions.line.first", later=later_recurring_price, **facts)]
    return [t("promotions.line.each" if deal.later_price is not None else "promotions.line.once", **facts)]


def not_by(t: Texts, plan: PlanView, names: Sequence[str]) -> list[str]:
    """Return the line that names the methods to which the promotion does not apply. names: the methods' labels."""
    deal = next(iter(plan.deals.values()), None)
    return [t("promotions.not_by", code=deal.code, methods=", ".join(names))] if deal is not None and names else []
