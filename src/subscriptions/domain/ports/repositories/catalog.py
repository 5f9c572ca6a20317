"""Repositories of plans, their prices at each provider, and the operator's choice of payment methods."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import (
    PlanId,
)
from subscriptions.domain.money import Money


class PaymentMethodRepository(Protocol):
    """Repository of payment methods: one row per provider that the operator ever configured."""

    async def all(self, *, lock: bool = False) -> Sequence[PaymentMethod]:
        """Return all payment methods in display order. `lock`: True to prevent other changes of the order until the
        unit of work ends.
        """
        ...

    async def save(self, method: PaymentMethod) -> None: ...


@dataclass(frozen=True, kw_only=True)
class PlanPaymentPrice:
    """Price object of a plan at one provider, and the price charged there if it differs from the plan's.

    external_price_id: None if the provider keeps no price objects or none was created yet
    fault: reason why the provider refuses the price, and so does not sell the plan; None if the price is accepted
    """

    plan_id: PlanId
    provider: str
    external_price_id: str | None
    price: Money | None = None
    fault: str | None = None


class PlanRepository(Protocol):
    """Repository of plans."""

    async def get(self, plan_id: PlanId, *, lock: bool = False) -> ServicePlan | None: ...
    async def by_soft_id(self, soft_id: str) -> ServicePlan | None: ...
    async def all(self, *, active_only: bool = True) -> Sequence[ServicePlan]:
        """Return the plans in display order. `active_only`: False to include plans that are not on sale."""
        ...

    async def save(self, plan: ServicePlan) -> None: ...
    async def save_if_unchanged(self, plan: ServicePlan, version: int) -> bool:
        """Save the plan with the next version. Return False, and save nothing, if the plan changed since `version`."""
        ...

    async def delete_if_unused(self, plan_id: PlanId) -> bool:
        """Delete a plan. Return False if it does not exist or is referenced by tokens, orders, subscriptions, channels
        or posts, or if a live subscription will change to it.
        """
        ...

    async def price_at(self, plan_id: PlanId, provider: str) -> PlanPaymentPrice | None: ...
    async def save_price(self, price: PlanPaymentPrice) -> None: ...
    async def forget_prices(self, plan_id: PlanId, *, own: bool = False) -> None:
        """Delete the references of the plan's price objects at all providers, because the price objects no longer equal
        the plan's price. Price objects for a provider's own price are kept, because that price does not depend on the
        plan's. `own`: True to delete the references for own prices too.
        """
        ...

    async def drop_price(self, plan_id: PlanId, provider: str) -> None:
        """Delete the plan's price object and own price at one provider."""
        ...

    async def own_prices(self, plan_id: PlanId | None = None) -> Sequence[PlanPaymentPrice]:
        """Return the prices that providers charge instead of the plan's price. `plan_id`: None for the prices of all
        plans.
        """
        ...

    async def list_priced(self, provider: str, external_price_id: str) -> Sequence[ServicePlan]:
        """Return the plans that use this price object of a provider, active or not, in display order."""
        ...
