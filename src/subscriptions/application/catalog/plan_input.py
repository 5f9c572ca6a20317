"""Parsing of typed values about a plan and its method prices. Invalid values are refused with the field's name."""

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
from subscriptions.domain.money import SYMBOLS, Money, with_codes
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import buyer_policy
from subscriptions.domain.services.pricing import OwnPrices
from subscriptions.domain.services.visible_text import refuse_hidden

Price = str | int | float | Decimal
"""Price as typed: `9.99` or `"9,99"`. A float is converted through its shortest decimal text."""

FOREVER: Final = "forever"
"""Value for a duration without an end."""
_SLUG_LIMIT: Final = 40
_UNSAID: Final = frozenset({"version", "updated_at", "updated_by"})
CURRENCY: Final = r"(?:R\$|[$€£¥]|[A-Za-z]{3})"
"""Pattern of a typed currency: a symbol or an ISO code."""
_CURRENCY_AROUND = re.compile(rf"^(?P<before>{CURRENCY})?\s*(?P<number>[-\d.,]+)\s*(?P<after>{CURRENCY})?$")


def clean_name(text: str) -> str:
    """Return the name as one line without surrounding spaces. Raises InvalidInput("name")."""
    name = " ".join(text.split())
    if not name or len(name) > NAME_LIMIT:
        raise InvalidInput("name", f"must have 1 to {NAME_LIMIT} characters")
    refuse_hidden("name", name)
    return name


def clean_days(days: int | str) -> int:
    """Parse whole days. FOREVER means a plan without an end. Raises InvalidInput("duration_days")."""
    text = str(days).strip()
    if text in (FOREVER, str(LIFETIME)):
        return LIFETIME
    if isinstance(days, bool) or not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= DURATION_LIMIT:
        raise InvalidInput("duration_days", f"must be a whole number of days, 1 to {DURATION_LIMIT}")
    return int(text)


def clean_price(value: Price, currency: str, *, is_stored: bool = True) -> Money:
    """Parse an exact amount, which must not be negative. Raises InvalidInput("price") or InvalidInput("currency").

    `is_stored`: True for a value from a file or program; False for a value typed by a person.
    """
    price = Money.parse(value, currency, is_stored=is_stored)
    if price.minor < 0:
        raise InvalidInput("price", "must not be negative")
    return price


def usual_currency(plans: Sequence[ServicePlan]) -> str | None:
    """Return the operator's usual currency, which applies to a number without a currency. Return None if the currency
    must be written.

    The usual currency is taken from the plans with a new plan's default resources, or else from all plans. It is None
    if there are no plans or if two currencies are equally frequent.
    """
    alike = [plan for plan in plans if plan.opens == OPENED_BY[USUAL]] or plans
    counts = Counter(plan.price.currency for plan in alike).most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return None
    return counts[0][0]


def read_price(price_text: str, currency: str | None = None) -> Money:
    """Parse a price and its currency in one line: `9,99 €`, `$9.99`, `12 USD`.

    `currency`: currency if the text contains none. Raises InvalidInput("price") or InvalidInput("currency").
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
    """Parse a plan id. Return None if the text is not a UUID."""
    if isinstance(plan_id, UUID):
        return PlanId(plan_id)
    try:
        return PlanId(UUID(str(plan_id)))
    except ValueError:
        return None


def differences(previous: ServicePlan, current: ServicePlan) -> dict[str, str]:
    """Return the changes for the audit log: `old → new`, keyed by field."""
    changes = {}
    for name in (item.name for item in fields(ServicePlan) if item.name not in _UNSAID):
        old, new = getattr(previous, name), getattr(current, name)
        if old != new:
            changes[name] = f"{_joined_text(old)} → {_joined_text(new)}"
    return changes


def _joined_text(value: object) -> object:
    return ", ".join(sorted(value)) or "-" if isinstance(value, frozenset) else value


async def refuse_unreachable(uow: UnitOfWork, plan: ServicePlan) -> None:
    """Raise InvalidInput("holders_of") if the plan to save requires unknown plans, or if plans require each other in a
    cycle.
    """
    if plan.holders_of:
        others = [each for each in await uow.plans.all(active_only=False) if each.id != plan.id]
        buyer_policy.refuse_unreachable([*others, plan])


async def free_soft_id(uow: UnitOfWork, name: str) -> str:
    """Return an unused slug for a name, with a number appended if the slug is taken; `plan` for a name without letters
    and digits.
    """
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
"""Field name of the method prices in a plan file, as in `prices: {method: 1500 XTR}`."""

_METHOD: Final = re.compile(r"[a-z0-9_]+\Z")


def read_prices(value: object, currency: str) -> OwnPrices:
    """Parse prices keyed by method. `currency`: currency if a price contains none. Raises InvalidInput("prices",
    "price" or "currency").
    """
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
    """Return the method prices as text that `read_prices` can parse, keyed by method."""
    return {method: f"{price.plain} {price.currency}" for method, price in sorted(prices.items())}


async def save_edited(uow: UnitOfWork, previous: ServicePlan, plan: ServicePlan) -> bool:
    """Save an edited plan, and delete the references to price objects at providers that no longer match the plan.

    Return False, without a change, if the plan was changed since `previous` was read.
    """
    if not await uow.plans.save_if_unchanged(plan, previous.version):
        return False
    # This happens after the plan was saved, which locks its row, so that a price object that is being created for the
    # old price is not stored.
    if plan.charge != previous.charge:
        await uow.plans.forget_prices(plan.id, own=plan.rhythm != previous.rhythm)
    # Subscribers keep removed resources until the end of their current period.
    removed_names = [soft_id for soft_id in previous.opens if soft_id not in plan.opens]
    for resource in await uow.resources.by_soft_ids(removed_names) if removed_names else ():
        await uow.resources.keep(resource.id, plan.id)
    added_names = tuple(soft_id for soft_id in plan.opens if soft_id not in previous.opens)
    if added_names:
        uow.record(PlanOpened(plan.id, added_names))
    return True


async def store_price(uow: UnitOfWork, plan_id: PlanId, method: str, price: Money | None) -> None:
    """Save the price that one payment method charges for a plan. None deletes it, so that the plan's
    own price applies.
    """
    if price is None:
        await uow.plans.drop_price(plan_id, method)
        return
    plan_payment_price = await uow.plans.price_at(plan_id, method)
    price_row = plan_payment_price or PlanPaymentPrice(plan_id=plan_id, provider=method, external_price_id=None)
    # A price object has one amount, so the old one must not be used again.
    await uow.plans.save_price(replace(price_row, external_price_id=None, price=price))


async def store_prices(uow: UnitOfWork, plan_id: PlanId, previous: OwnPrices, current: OwnPrices) -> None:
    """Save the method prices of a plan. Unchanged prices are not written."""
    for method in sorted({*previous, *current}):
        if previous.get(method) != current.get(method):
            await store_price(uow, plan_id, method, current.get(method))
