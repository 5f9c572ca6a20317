"""Formatting of prices: `29,99 €/mes`, `29,99 € cada 3 meses`, `9,99 € · 30 días`."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from babel.dates import format_date

from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.dto.languages import locale_of
from subscriptions.application.views.amounts import format_amount
from subscriptions.domain.entities.service_plan import LIFETIME


def price_line(plan: PlanView, words: Mapping[str, str], language: str) -> str:
    """Return a plan's price and period. words: the `price` table of the language."""
    if plan.free:
        return words["free"]
    price: str = format_amount(plan.price, language)
    if plan.interval is None or not plan.recurring:
        days = plan.duration_days or 0
        if days != LIFETIME:
            price = words["once_day" if days == 1 else "once_days"].format(price=price, count=days)
        if plan.ends_on is not None:
            return words["until"].format(
                price=price, day=format_date(plan.ends_on, "d MMM y", locale=locale_of(language))
            )
        return words["forever"].format(price=price) if days == LIFETIME else price
    if plan.interval_count == 1:
        return words["each"].format(price=price, unit=words[plan.interval])
    units = words[f"{plan.interval}s"]
    return words["every"].format(price=price, count=plan.interval_count, units=units)


def offer_line(plan: PlanView, words: Mapping[str, str], language: str) -> str:
    """Return a plan's price and period with its trial: `7 días gratis, después 29,99 €/mes`. words: as in
    `price_line`.
    """
    price = price_line(plan, words, language)
    if not plan.trial_days:
        return price
    return words["trial_day" if plan.trial_days == 1 else "trial_days"].format(price=price, count=plan.trial_days)


def trial_line(plan: PlanView, words: Mapping[str, str], language: str) -> list[str]:
    """Return the line about the end of a trial; none for a plan without trial. words: as in `price_line`."""
    if plan.first_charge is None:
        return []
    return [words["trial_until"].format(day=format_date(plan.first_charge, "d MMM y", locale=locale_of(language)))]


def lowest(plans: Sequence[PlanView]) -> Sequence[PlanView]:
    """Return the cheapest plan in each currency, sorted by amount, excluding free plans."""
    cheapest: dict[str, PlanView] = {}
    for plan in sorted((plan for plan in plans if not plan.free), key=_figure):
        cheapest.setdefault(plan.price.currency, plan)
    return list(cheapest.values())


def _figure(plan: PlanView) -> Decimal:
    return Decimal(plan.price.decimal)
