"""Renewing subscriptions that a customer no longer needs after buying a lifetime plan with the same chats."""

from collections.abc import Sequence
from dataclasses import dataclass

from subscriptions.application.access.plan_chats import gives_own
from subscriptions.domain.entities.service_plan import LIFETIME, ServicePlan
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """Automatically renewing plan that a customer no longer needs after buying lifetime access to the same chats."""

    soft_id: str
    plan_name: str


async def overlaps(uow: UnitOfWork, customer_id: CustomerId, plan: ServicePlan) -> Sequence[Overlap]:
    """Return the customer's renewing plans whose resources this lifetime plan includes.

    A plan with a personal channel never overlaps, because each personal channel belongs to one plan.
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
