"""Plans that need a userbot account, because a userbot account creates one of their resources."""

from collections.abc import Iterable, Sequence

from subscriptions.application.access.resource_kind import kind_of
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def plans_by_account(uow: UnitOfWork, plans: Iterable[ServicePlan]) -> Sequence[ServicePlan]:
    """Return the plans that include a resource created by a userbot account. The bot alone is enough for all other
    plans.
    """
    resource_names = {resource.soft_id for resource in await uow.resources.all() if kind_of(resource).needs_account}
    return [plan for plan in plans if not resource_names.isdisjoint(plan.opens)]
