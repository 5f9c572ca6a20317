"""Which plans need an account of the pool, and so the userbot: those that open what an account makes."""

from collections.abc import Iterable, Sequence

from subscriptions.application.access.resource_kind import kind_of
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def plans_by_account(uow: UnitOfWork, plans: Iterable[ServicePlan]) -> Sequence[ServicePlan]:
    """Those of the plans that open something an account makes. For all others the bot is enough."""
    resource_names = {resource.soft_id for resource in await uow.resources.all() if kind_of(resource).needs_account}
    return [plan for plan in plans if not resource_names.isdisjoint(plan.opens)]
