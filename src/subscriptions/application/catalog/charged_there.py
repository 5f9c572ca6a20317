"""What a plan costs where somebody is charged for it."""

from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def charged_there(uow: UnitOfWork, plan: ServicePlan, provider: str | None) -> Money:
    """The provider's own price, as where it charges another currency; else the plan's."""
    there = await uow.plans.price_at(plan.id, provider) if provider is not None else None
    return there.price if there is not None and there.price is not None else plan.price
