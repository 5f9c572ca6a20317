"""Prices of methods' own, as people write them, and as they are stored."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from subscriptions.application.services.plan_input import read_price
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories import PlanPaymentPrice
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.pricing import OwnPrices

FIELD: Final = "prices"
"""Where they stand in a file of plans: `prices: {method: 1500 XTR}`."""

_METHOD: Final = re.compile(r"[a-z0-9_]+\Z")


def read_prices(typed: object, currency: str) -> OwnPrices:
    """By method; `currency` where none is written. Raises InvalidInput("prices", "price" or "currency")."""
    if typed is None:
        return {}
    if not isinstance(typed, Mapping):
        raise InvalidInput(FIELD, "must be a mapping of methods to amounts")
    prices: dict[str, Money] = {}
    for method, amount in typed.items():
        if not isinstance(method, str) or not _METHOD.match(method):
            raise InvalidInput(FIELD, f"{method!r} is no method's name")
        prices[method] = read_price(str(amount), currency)
        if prices[method].minor <= 0:
            raise InvalidInput(FIELD, f"{method} must charge more than nothing")
    return prices


def written(prices: OwnPrices) -> dict[str, str]:
    """As `read_prices` reads them."""
    return {method: f"{price.decimal} {price.currency}" for method, price in sorted(prices.items())}


async def store_price(uow: UnitOfWork, plan_id: PlanId, method: str, price: Money | None) -> None:
    """Make it what one method charges for a plan; None = the plan's own price again."""
    if price is None:
        await uow.plans.drop_price(plan_id, method)
        return
    known = await uow.plans.price_at(plan_id, method)
    agreed = known or PlanPaymentPrice(plan_id=plan_id, provider=method, external_price_id=None)
    # A price object stands for one amount: the old one is nobody's to be charged by any more.
    await uow.plans.save_price(replace(agreed, external_price_id=None, price=price))


async def store_prices(uow: UnitOfWork, plan_id: PlanId, before: OwnPrices, after: OwnPrices) -> None:
    """Make them what methods charge for a plan; what is the same stays untouched."""
    for method in sorted({*before, *after}):
        if before.get(method) != after.get(method):
            await store_price(uow, plan_id, method, after.get(method))
