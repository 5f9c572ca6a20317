"""What goes on being charged beside a plan for life that opens the same channel."""

from collections.abc import Sequence
from dataclasses import dataclass

from subscriptions.application.access.way import gives_own
from subscriptions.domain.entities.service_plan import LIFETIME, ServicePlan
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """A plan that renews by itself, of which its customer needs no more once they have the channel for life."""

    soft_id: str
    plan_name: str


async def overlaps(uow: UnitOfWork, customer_id: CustomerId, plan: ServicePlan) -> Sequence[Overlap]:
    """Those that a customer has, where this plan is for life and opens all that they open. A personal channel is opened
    by one plan alone.
    """
    if plan.duration_days != LIFETIME or plan.ends_on is not None or await gives_own(uow, plan):
        return ()
    overlaps = []
    for subscription in await uow.subscriptions.of_customer(customer_id):
        other = (
            await uow.plans.get(subscription.plan_id)
            if subscription.renews and subscription.plan_id != plan.id
            else None
        )
        if other is not None and set(other.opens) <= set(plan.opens):
            overlaps.append(Overlap(soft_id=other.soft_id, plan_name=other.name))
    return overlaps
