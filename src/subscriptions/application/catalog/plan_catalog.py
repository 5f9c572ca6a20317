"""What is on offer, kept in the process for a moment: a list is shown far more often than it changes."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from subscriptions.application.access.resource_kind import kind_of
from subscriptions.application.access.way import own_names
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.pricing import OwnPrices

MAX_AGE_S: Final = 0.5
"""How old the list may be: a change made anywhere, by whatever means, shows everywhere within a second."""


@dataclass(frozen=True)
class Offer:
    """The plans that can be sold, in the operator's order, what methods charge instead of their own prices, and what
    the operator wishes of the methods. own_resources: names of those that each customer has one of their own of.
    """

    plans: tuple[ServicePlan, ...]
    prices: Mapping[PlanId, OwnPrices] = field(default_factory=dict)
    wishes: tuple[PaymentMethod, ...] = ()
    own_resources: frozenset[str] = frozenset()

    def own(self, plan: ServicePlan) -> OwnPrices:
        """Those of one plan."""
        return self.prices.get(plan.id, {})


class PlanCatalog:
    """Reads the offer at most every half second of real time. What is bought is always read anew."""

    def __init__(self, units: UnitOfWorkFactory, *, max_age_s: float = MAX_AGE_S) -> None:
        self._units = units
        self._max_age_s = max_age_s
        self._cache: tuple[float, Offer] | None = None
        self._reading = asyncio.Lock()

    async def offer(self) -> Offer:
        """As it is now, or was half a second ago."""
        # One reads, whoever else asks meanwhile waits for it: a crowd that finds the list too old reads it once.
        async with self._reading:
            now = monotonic()
            if self._cache is not None and now - self._cache[0] < self._max_age_s:
                return self._cache[1]
            async with self._units() as uow:
                plans = await sellable(uow, await uow.plans.all())
                wishes = tuple(await uow.payment_methods.all())
                prices = own_prices(await uow.plans.own_prices())
                offer = Offer(tuple(plans), prices, wishes, await own_names(uow))
            # The age counts from before the reading: a change during it must not be missed for longer.
            self._cache = (now, offer)
            return offer

    def forget(self) -> None:
        """Something was changed in this process: the next look reads anew."""
        self._cache = None


def own_prices(plan_prices: Sequence[PlanPaymentPrice]) -> Mapping[PlanId, OwnPrices]:
    """By plan and method."""
    prices: dict[PlanId, dict[str, Money]] = {}
    for item in plan_prices:
        if item.price is not None:
            prices.setdefault(item.plan_id, {})[item.provider] = item.price
    return prices


async def sellable(uow: UnitOfWork, plans: Sequence[ServicePlan]) -> list[ServicePlan]:
    """Those whose promise we can keep: all that they open is there."""
    active = [plan for plan in plans if plan.active]
    missing = await missing_of(uow, active)
    return [plan for plan in active if not missing[plan.id]]


async def missing_of(uow: UnitOfWork, plans: Sequence[ServicePlan]) -> Mapping[PlanId, tuple[str, ...]]:
    """Return by plan the soft ids of what it opens and nobody can enter; while there is one, the plan is not sold."""
    resources = await uow.resources.by_soft_ids({soft_id for plan in plans for soft_id in plan.opens})
    placed_ids = await uow.resources.list_placed() if any(kind_of(each).has_place for each in resources) else ()
    present = {
        each.soft_id
        for each in resources
        if not each.is_retired and (each.id in placed_ids or not kind_of(each).has_place)
    }
    return {plan.id: tuple(name for name in plan.opens if name not in present) for plan in plans}


async def list_chats(uow: UnitOfWork) -> Sequence[str]:
    """Return the soft ids of the shared chats that plans can open and people can enter, the oldest first."""
    placed_ids = await uow.resources.list_placed()
    return [each.soft_id for each in await uow.resources.all() if not each.is_retired and each.id in placed_ids]


async def only_chat(uow: UnitOfWork) -> str | None:
    """Return the soft id of the shared chat that a new plan opens; None where there is none, or a choice."""
    chats = await list_chats(uow)
    return chats[0] if len(chats) == 1 else None
