"""What people type about a plan and what methods charge for it, made exact or refused by the field's name."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.service_plan import (
    DURATION_LIMIT,
    LIFETIME,
    NAME_LIMIT,
    OPENED_BY,
    USUAL,
    ServicePlan,
    soft_id_from,
)
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.events import PlanOpened
from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import SYMBOLS, Money
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import buyer_policy
from subscriptions.domain.services.pricing import OwnPrices
from subscriptions.domain.services.visible_text import refuse_hidden

Price = str | int | float | Decimal
"""As typed: `9.99`, `"9,99"`; a float through its shortest text."""

FOREVER: Final = "forever"
"""How a length without an end is written."""
_SLUG_LIMIT: Final = 40
_UNSAID: Final = frozenset({"version", "updated_at", "updated_by"})
CURRENCY: Final = r"(?:R\$|[$€£¥]|[A-Za-z]{3})"
"""A currency as it is typed: a sign or an ISO code."""
_SPOKEN_CURRENCIES: Final = {
    "EUR": r"euros?",
    "USD": r"d[óo]lar(?:es)?|dollars?|usd",
    "GBP": r"libras?|pounds?",
    "BRL": r"real(?:es)?|reais",
    "XTR": r"estrellas?|estrelas?",
}
"""Currencies as they are said, behind an amount."""
_CURRENCY_AROUND = re.compile(rf"^(?P<before>{CURRENCY})?\s*(?P<number>[-\d.,]+)\s*(?P<after>{CURRENCY})?$")


def with_codes(text: str) -> str:
    """Return the text with each currency that is spelled out behind an amount as its code: `29 euros` as `29 EUR`."""
    for code, words in _SPOKEN_CURRENCIES.items():
        text = re.sub(rf"(?<=[0-9])\s*(?:{words})(?!\w)", f" {code}", text, flags=re.IGNORECASE)
    return text


def clean_name(text: str) -> str:
    """One line without blanks around it. Raises InvalidInput("name")."""
    name = " ".join(text.split())
    if not name or len(name) > NAME_LIMIT:
        raise InvalidInput("name", f"must have 1 to {NAME_LIMIT} characters")
    refuse_hidden("name", name)
    return name


def clean_days(days: int | str) -> int:
    """Whole days; FOREVER for a plan without an end. Raises InvalidInput("duration_days")."""
    text = str(days).strip()
    if text in (FOREVER, str(LIFETIME)):
        return LIFETIME
    if isinstance(days, bool) or not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= DURATION_LIMIT:
        raise InvalidInput("duration_days", f"must be a whole number of days, 1 to {DURATION_LIMIT}")
    return int(text)


def clean_price(value: Price, currency: str, *, is_stored: bool = True) -> Money:
    """An exact amount. Raises InvalidInput("price" or "currency"); a price is never negative. is_stored: from a file or
    a program, not typed by a person.
    """
    price = Money.parse(value, currency, is_stored=is_stored)
    if price.minor < 0:
        raise InvalidInput("price", "must not be negative")
    return price


def usual_currency(plans: Sequence[ServicePlan]) -> str | None:
    """What the operator sells in, so that a bare number means that: of plans that open what a new one does unless told
    otherwise, else of all.

    None where they sell nothing yet, or in several currencies as often: then it has to be written.
    """
    alike = [plan for plan in plans if plan.opens == OPENED_BY[USUAL]] or plans
    counts = Counter(plan.price.currency for plan in alike).most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return None
    return counts[0][0]


def read_price(price_text: str, currency: str | None = None) -> Money:
    """A price with its currency in one line: `9,99 €`, `$9.99`, `12 USD`; `currency` where none is written.

    Raises InvalidInput("price" or "currency").
    """
    match = _CURRENCY_AROUND.match(with_codes(price_text.strip()))
    if match is None:
        raise InvalidInput("price", f"{price_text.strip()[:40]!r} is not an amount; write it like 9.99")
    symbol_before, symbol_after = match["before"], match["after"]
    if (
        symbol_before
        and symbol_after
        and SYMBOLS.get(symbol_before, symbol_before.upper()) != SYMBOLS.get(symbol_after, symbol_after.upper())
    ):
        raise InvalidInput("currency", "two currencies are written; leave one")
    if not (text := symbol_before or symbol_after or currency):
        raise InvalidInput("currency", f"is missing; write it too, like {match['number']} EUR")
    return clean_price(match["number"], text, is_stored=False)


def as_plan_id(plan_id: UUID | str) -> PlanId | None:
    """None for what cannot be one."""
    if isinstance(plan_id, UUID):
        return PlanId(plan_id)
    try:
        return PlanId(UUID(str(plan_id)))
    except ValueError:
        return None


def differences(previous: ServicePlan, current: ServicePlan) -> dict[str, str]:
    """What changes, for the audit: `old → new` by field."""
    changes = {}
    for name in (item.name for item in fields(ServicePlan) if item.name not in _UNSAID):
        old, new = getattr(previous, name), getattr(current, name)
        if old != new:
            changes[name] = f"{_joined_text(old)} → {_joined_text(new)}"
    return changes


def _joined_text(value: object) -> object:
    return ", ".join(sorted(value)) or "-" if isinstance(value, frozenset) else value


async def refuse_unreachable(uow: UnitOfWork, plan: ServicePlan) -> None:
    """Raise InvalidInput("holders_of") where the plan, as it would be saved, asks for plans that are not there or go
    round in a circle.
    """
    if plan.holders_of:
        others = [each for each in await uow.plans.all(active_only=False) if each.id != plan.id]
        buyer_policy.refuse_unreachable([*others, plan])


async def free_soft_id(uow: UnitOfWork, name: str) -> str:
    """The slug of a name, with a number behind it where it is taken; `plan` for a name without letters or digits."""
    try:
        slug = soft_id_from(name)
    except InvalidInput:
        slug = "plan"
    taken_names = {plan.soft_id for plan in await uow.plans.all(active_only=False)}
    number = 1
    while (
        candidate := slug if number == 1 else f"{slug[: _SLUG_LIMIT - len(str(number)) - 1]}-{number}"
    ) in taken_names:
        number += 1
    return candidate


FIELD: Final = "prices"
"""Where they stand in a file of plans: `prices: {method: 1500 XTR}`."""

_METHOD: Final = re.compile(r"[a-z0-9_]+\Z")


def read_prices(value: object, currency: str) -> OwnPrices:
    """By method; `currency` where none is written. Raises InvalidInput("prices", "price" or "currency")."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidInput(FIELD, "must be a mapping of methods to amounts")
    prices: dict[str, Money] = {}
    for method, amount in value.items():
        if not isinstance(method, str) or not _METHOD.match(method):
            raise InvalidInput(FIELD, f"{method!r} is no method's name")
        prices[method] = read_price(str(amount), currency)
        if prices[method].minor <= 0:
            raise InvalidInput(FIELD, f"{method} must charge more than nothing")
    return prices


def price_answers(prices: OwnPrices) -> dict[str, str]:
    """As `read_prices` reads them."""
    return {method: f"{price.plain} {price.currency}" for method, price in sorted(prices.items())}


async def save_edited(uow: UnitOfWork, previous: ServicePlan, plan: ServicePlan) -> bool:
    """Write an edited plan, and forget the price objects that stand for what it is no longer sold by. Return False
    where somebody changed it since `before` was read; then nothing is written.
    """
    if not await uow.plans.save_if_unchanged(plan, previous.version):
        return False
    # After the plan, whose row is locked now: an object that is being made for the old one is kept by nobody.
    if plan.charge != previous.charge:
        await uow.plans.forget_prices(plan.id, own=plan.rhythm != previous.rhythm)
    # What it opens no longer is theirs until the end of the period they are in.
    removed_names = [soft_id for soft_id in previous.opens if soft_id not in plan.opens]
    for resource in await uow.resources.by_soft_ids(removed_names) if removed_names else ():
        await uow.resources.keep(resource.id, plan.id)
    added_names = tuple(soft_id for soft_id in plan.opens if soft_id not in previous.opens)
    if added_names:
        uow.record(PlanOpened(plan.id, added_names))
    return True


async def store_price(uow: UnitOfWork, plan_id: PlanId, method: str, price: Money | None) -> None:
    """Make it what one method charges for a plan; None = the plan's own price again."""
    if price is None:
        await uow.plans.drop_price(plan_id, method)
        return
    plan_payment_price = await uow.plans.price_at(plan_id, method)
    price_row = plan_payment_price or PlanPaymentPrice(plan_id=plan_id, provider=method, external_price_id=None)
    # A price object stands for one amount: the old one is nobody's to be charged by any more.
    await uow.plans.save_price(replace(price_row, external_price_id=None, price=price))


async def store_prices(uow: UnitOfWork, plan_id: PlanId, previous: OwnPrices, current: OwnPrices) -> None:
    """Make them what methods charge for a plan; what is the same stays untouched."""
    for method in sorted({*previous, *current}):
        if previous.get(method) != current.get(method):
            await store_price(uow, plan_id, method, current.get(method))
