"""What is sold, what it costs at each provider, and the operator's wishes about the ways to pay."""

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
    """One row per provider that somebody ever wished something of."""

    async def all(self, *, lock: bool = False) -> Sequence[PaymentMethod]:
        """In their order. lock: nobody else arranges them until the unit of work ends."""
        ...

    async def save(self, method: PaymentMethod) -> None: ...


@dataclass(frozen=True, kw_only=True)
class PlanPaymentPrice:
    """What one provider has for a plan: its price object, and what it charges where that is not the plan's own price.

    external_price_id: None where it keeps no such objects, or none was made yet.
    """

    plan_id: PlanId
    provider: str
    external_price_id: str | None
    price: Money | None = None


class PlanRepository(Protocol):
    """What is sold."""

    async def get(self, plan_id: PlanId, *, lock: bool = False) -> ServicePlan | None: ...
    async def by_soft_id(self, soft_id: str) -> ServicePlan | None: ...
    async def all(self, *, active_only: bool = True) -> Sequence[ServicePlan]:
        """In the order in which they are offered."""
        ...

    async def save(self, plan: ServicePlan) -> None: ...
    async def save_if_unchanged(self, plan: ServicePlan, version: int) -> bool:
        """Write it with the next version. False: somebody changed it since `version`, and nothing was written."""
        ...

    async def delete_if_unused(self, plan_id: PlanId) -> bool:
        """False: it does not exist, or something refers to it: tokens, orders, subscriptions, channels, picks."""
        ...

    async def price_at(self, plan_id: PlanId, provider: str) -> PlanPaymentPrice | None: ...
    async def save_price(self, price: PlanPaymentPrice) -> None: ...
    async def forget_prices(self, plan_id: PlanId, *, own: bool = False) -> None:
        """Its price objects at the providers are not what it costs any more: nobody is charged by them. A provider's
        own price stays, for it was not made from the plan's; own: its price object is forgotten too."""
        ...

    async def drop_price(self, plan_id: PlanId, provider: str) -> None:
        """What one provider has for a plan counts no more, its own price included."""
        ...

    async def own_prices(self, plan_id: PlanId | None = None) -> Sequence[PlanPaymentPrice]:
        """What providers charge instead of the plan's own price; of every plan, or of one."""
        ...

    async def list_priced(self, provider: str, external_price_id: str) -> Sequence[ServicePlan]:
        """The plans, active or not, that a provider's price object stands for, in the order of offering."""
        ...
