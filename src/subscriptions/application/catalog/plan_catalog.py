"""In-memory cache of the plans on sale, because plans are shown far more often than they change."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from subscriptions.application.access.plan_chats import own_names
from subscriptions.application.access.resource_kind import kind_named
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.pricing import OwnPrices

MAX_AGE_S: Final = 0.5
"""Maximum age of the cache in seconds. Every change is visible in all processes within a second."""


@dataclass(frozen=True)
class Offer:
    """Plans on sale in the operator's order, with the prices of payment methods and the operator's preferences for
    payment methods (`wishes`).

    `own_resources`: slugs of the resources of which each customer gets a separate chat
    """

    plans: tuple[ServicePlan, ...]
    prices: Mapping[PlanId, OwnPrices] = field(default_factory=dict)
    wishes: tuple[PaymentMethod, ...] = ()
    own_resources: frozenset[str] = frozenset()

    def own(self, plan: ServicePlan) -> OwnPrices:
        """Return the method prices of one plan."""
        return self.prices.get(plan.id, {})


class PlanCatalog:
    """Cache that reads the plans at most every half second of real time. Purchases always read the current data."""

    def __init__(self, units: UnitOfWorkFactory, *, max_age_s: float = MAX_AGE_S) -> None:
        self._units = units
        self._max_age_s = max_age_s
        self._cache: tuple[float, Offer] | None = None
        self._reading = asyncio.Lock()

    async def offer(self) -> Offer:
        """Return the cached catalog, at most half a second old."""
        # Only one caller reads while the others wait, so that many callers with an outdated list cause one read.
        async with self._reading:
            now = monotonic()
            if self._cache is not None and now - self._cache[0] < self._max_age_s:
                return self._cache[1]
            async with self._units() as uow:
                plans = await sellable(uow, await uow.plans.all())
                wishes = tuple(await uow.payment_methods.all())
                prices = own_prices(await uow.plans.own_prices())
                offer = Offer(tuple(plans), prices, wishes, await own_names(uow))
            # The age is counted from before the read, so that a change during the read is noticed in time.
            self._cache = (now, offer)
            return offer

    def forget(self) -> None:
        """Drop the cache after a change in this process."""
        self._cache = None


def own_prices(plan_prices: Sequence[PlanPaymentPrice]) -> Mapping[PlanId, OwnPrices]:
    """Return the method prices, keyed by plan and method."""
    prices: dict[PlanId, dict[str, Money]] = {}
    for item in plan_prices:
        if item.price is not None:
            prices.setdefault(item.plan_id, {})[item.provider] = item.price
    return prices


async def sellable(uow: UnitOfWork, plans: Sequence[ServicePlan]) -> list[ServicePlan]:
    """Return the active plans whose resources can all be delivered now."""
    active = [plan for plan in plans if plan.active]
    missing = await missing_of(uow, active)
    return [plan for plan in active if not missing[plan.id]]


async def missing_of(uow: UnitOfWork, plans: Sequence[ServicePlan]) -> Mapping[PlanId, tuple[str, ...]]:
    """Return the slugs of included resources that cannot be delivered now, keyed by plan. A plan with such a resource
    is not sold: this is the one rule that the list of plans, its card, every purchase, gift and change ask.

    A resource cannot be delivered if it is not set up, if the bot cannot admit people to its chat or remove them, if no
    account can provide the customer's own channel, or if its row or kind cannot be read.
    """
    opened_names = {soft_id for plan in plans for soft_id in plan.opens}
    read = await uow.resources.by_soft_ids(opened_names, skips_unreadable=True)
    resources = [(each, kind) for each in read if (kind := kind_named(each.kind)) is not None]
    kinds = {kind for _, kind in resources}
    admitting_ids = await uow.resources.list_admitting() if any(kind.has_shared_chat for kind in kinds) else ()
    is_provided = not any(kind.needs_account for kind in kinds) or await uow.accounts.can_provide_channel()
    present = {
        each.soft_id
        for each, kind in resources
        if not each.is_retired
        and (each.id in admitting_ids or not kind.has_shared_chat)
        and (is_provided or not kind.needs_account)
    }
    return {plan.id: tuple(name for name in plan.opens if name not in present) for plan in plans}


async def list_chats(uow: UnitOfWork) -> Sequence[str]:
    """Return the slugs of the shared chats that plans can include and customers can join, oldest first."""
    placed_ids = await uow.resources.list_placed()
    return [each.soft_id for each in await uow.resources.all() if not each.is_retired and each.id in placed_ids]


async def only_chat(uow: UnitOfWork) -> str | None:
    """Return the slug of the shared chat that a new plan includes by default. Return None if there is no shared chat,
    or several.
    """
    chats = await list_chats(uow)
    return chats[0] if len(chats) == 1 else None
