"""Prices in words: `29.99€/mes`, `29.99€ cada 3 meses`, `9.99€ · 30 días`."""

from collections.abc import Mapping, Sequence

from subscriptions.application.catalog.browse_plans import PlanView


def price_line(plan: PlanView, words: Mapping[str, str]) -> str:
    """What the plan costs and how often. words: the `price` table of a language."""
    price = str(plan.price)
    if plan.interval is None or not plan.recurring:
        days = plan.duration_days or 0
        return words["once_day" if days == 1 else "once_days"].format(price=price, count=days)
    if plan.interval_count == 1:
        return words["each"].format(price=price, unit=words[plan.interval])
    units = words[f"{plan.interval}s"]
    return words["every"].format(price=price, count=plan.interval_count, units=units)


def lowest(plans: Sequence[PlanView]) -> PlanView | None:
    """The cheapest of the plans that can be compared with the first: same currency, same period."""
    if not plans:
        return None
    first = _kind(plans[0])
    return min((plan for plan in plans if _kind(plan) == first), key=lambda plan: plan.price.minor)


def _kind(plan: PlanView) -> tuple[object, ...]:
    return plan.price.currency, plan.recurring, plan.interval, plan.interval_count, plan.duration_days
