"""Texts that describe plans and promotions, used in the chat and in the web console."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, Literal, Protocol

from babel import Locale
from babel.dates import format_date

from subscriptions.application.access.resource_kind import kind_of
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.catalog.plan_fields import FIELD_QUESTIONS, QuestionKind, names_in
from subscriptions.application.catalog.plan_input import FOREVER
from subscriptions.application.dto.typed_answers import kept_money
from subscriptions.application.views.amounts import LocalAmount
from subscriptions.domain.entities.discount_code import DiscountCode
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.entities.service_plan import LIFETIME, Buyers, Interval, PlanCard, ServicePlan
from subscriptions.domain.money import Money


class Says(Protocol):
    """Protocol of the chat's texts in one language. A call returns a text for a message; `plain` returns it without
    formatting.
    """

    locale: Locale

    def __call__(self, key: str, /, **facts: object) -> str: ...
    def plain(self, key: str, /, **facts: object) -> str: ...
    def money(self, amount: Money) -> LocalAmount: ...
    def translate(self, word: str) -> str: ...
    def count(self, key: str, n: int) -> str: ...
    def unit(self, kind: Literal["hour", "day", "month", "year"], n: int) -> str: ...


def gives(t: Says, offer: DiscountCode) -> str:
    """Return the benefit of a promotion: `20 % menos`, `5,00 € menos` or `7 días más`."""
    if offer.percent is not None:
        return t.plain("promotions.percent", percent=offer.percent)
    if offer.amount is not None:
        return t.plain("promotions.amount", amount=t.money(offer.amount))
    return t.plain("promotions.days", days=t.unit("day", offer.days or 0))


def date_of(t: Says, whole: date) -> str:
    """Return a date that is independent of time zones: `12 mar 2026`."""
    return format_date(whole, "d MMM y", locale=t.locale)


def recurring_price(t: Says, price: Money, interval: Interval, count: int) -> LocalAmount:
    """Return the price of a recurring plan, such as `29,99 €/mes` or `79,99 € cada 3 meses`."""
    how_often = t.plain(f"units.per.{interval}") if count == 1 else f" {t.count(f'units.every.{interval}', count)}"
    return _followed_by(t, price, how_often)


def plan_length(t: Says, plan: PlanCard) -> str:
    """Return the length of a plan that is paid once: `30 días`, `para siempre`, `hasta el 30 jun 2027`."""
    length = t.unit("day", plan.duration_days or 0)
    if plan.ends_on is None:
        return length
    end = t.plain("units.until", day=date_of(t, plan.ends_on))
    return end if plan.duration_days == LIFETIME else f"{length}, {end}"


def plan_price(t: Says, plan: PlanCard) -> LocalAmount:
    """Return the price and length of a plan: `29,99 €/mes`, `9,99 US$ · 30 días`, `Gratis · 30 días`."""
    if plan.free:
        free = t.plain("plans.free")
        words = free if plan.duration_days is None else f"{free} · {plan_length(t, plan)}"
        return LocalAmount(words, words)
    if plan.recurring and plan.interval is not None:
        return recurring_price(t, plan.price, plan.interval, plan.interval_count)
    return _followed_by(t, plan.price, f" · {plan_length(t, plan)}")


def offer_price(t: Says, plan: PlanView) -> LocalAmount:
    """Return the price and length of a plan with its trial: `7 días gratis, después 29,99 €/mes`."""
    price = plan_price(t, plan)
    return LocalAmount(with_trial(t, plan, price), with_trial(t, plan, price.quote))


def with_trial(t: Says, plan: PlanView, price: str) -> str:
    """Return a price after the plan's trial: `7 días gratis, después 29,99 €/mes`; unchanged without a trial."""
    if not plan.trial_days:
        return price
    return t.plain("plans.trial_price", days=t.unit("day", plan.trial_days), price=price)


def trial_terms(t: Says, plan: PlanView) -> list[str]:
    """Return the line about the end of a trial and its first charge; none for a plan without trial."""
    if plan.first_charge is None:
        return []
    return [t("plans.trial", price=plan_price(t, plan), day=date_of(t, plan.first_charge))]


def _followed_by(t: Says, price: Money, words: str) -> LocalAmount:
    amount = t.money(price)
    return LocalAmount(amount + words, amount.quote + words)


def card(t: Says, plan: PlanView) -> list[str]:
    """Return the two parts of a plan's card: the description, and the terms of payment."""
    terms = [*trial_terms(t, plan), t(_renewal(plan)), *_limits(t, plan), *_per_day(t, plan)]
    return [head(t, plan), "\n".join(terms)]


def _limits(t: Says, plan: PlanView) -> list[str]:
    """Return the texts about restrictions: who may buy the plan, and whether it can be bought only once."""
    buyers = [t(f"plans.limits.{plan.buyers}")] if plan.buyers in {Buyers.NEWCOMERS, Buyers.CUSTOMERS} else []
    return [*buyers, *([t("plans.once")] if plan.is_once else [])]


def head(t: Says, plan: PlanView) -> str:
    """Return the first lines of a card: name, price, description."""
    is_named = not {"plan", "plano"}.isdisjoint(t.translate(plan.name).casefold().split())
    text = t(
        "plans.card_named" if is_named else "plans.card",
        plan=plan.name,
        price=offer_price(t, plan),
        description="\n".join(t.translate(line) for line in (plan.description, plan.note) if line),
    )
    return text.strip()


def _renewal(plan: PlanView) -> str:
    if plan.free:
        return "plans.costs_nothing"
    if not plan.recurring:
        return "plans.one_off"
    return "plans.by_period" if plan.methods and not plan.renewing_methods else "plans.renews"


def _per_day(t: Says, plan: PlanView) -> list[str]:
    return [f"≈ {recurring_price(t, plan.per_day, Interval.DAY, 1)}"] if plan.per_day else []


def resource_title(t: Says, resource: Resource) -> str:
    """Return the name of a resource for staff: its title, or the name of its kind if each customer has their own
    chat.
    """
    return t.plain(f"offer.opens.{resource.kind}") if kind_of(resource).for_one else resource.title


Titles = Mapping[QuestionKind, Mapping[str, str]]
"""Names of plans and of the resources that they can include, keyed by slug."""
NO_TITLES: Final[Titles] = {}


def titles_of(t: Says, plans: Iterable[ServicePlan], resources: Iterable[Resource]) -> Titles:
    """Return the names of these plans and resources, keyed by slug."""
    return {
        QuestionKind.PLANS: {plan.soft_id: t.translate(plan.label) for plan in plans},
        QuestionKind.RESOURCES: {each.soft_id: resource_title(t, each) for each in resources},
    }


def titles_text(answer: str, kind: QuestionKind, titles: Titles) -> str:
    """Return the names of several plans or resources, separated by commas. For a slug without a name, the slug itself
    is shown.
    """
    return ", ".join(titles.get(kind, {}).get(each, each) for each in names_in(answer))


def answer_text(t: Says, name: str, answer: str, titles: Titles = NO_TITLES) -> str:
    """Return the answer to a question about a plan as text for staff. `name`: name of the input."""
    if not answer or (name == "trial_days" and answer == "0"):
        return t.plain("panel.none")
    if name == "price":
        return t.money(kept_money(answer))
    if name == "duration_days":
        return length_shown(t, answer)
    return _field_text(t, name, answer, titles) if name in FIELD_QUESTIONS else answer


def _field_text(t: Says, name: str, answer: str, titles: Titles) -> str:
    kind = FIELD_QUESTIONS[name].question
    match kind:
        case QuestionKind.WORD:
            return t.plain(f"offer.{name}.{answer}")
        case QuestionKind.DAY:
            return date_of(t, date.fromisoformat(answer))
        case QuestionKind.PLANS | QuestionKind.RESOURCES:
            return titles_text(answer, kind, titles)
        case _:
            return t.unit("day", int(answer)) if name == "trial_days" else answer


def length_shown(t: Says, answer: str) -> str:
    """Return a stored length as text, such as `30 días`, `cada 3 meses` or `para siempre`."""
    if answer == FOREVER:
        return t.plain("units.forever")
    unit, _, count = answer.partition(" ")
    return t.count(f"units.every.{unit}", int(count)) if count else t.unit("day", int(unit))
