"""Removal of resources from a plan. The plan's customers lose access at once, or at the end of their period."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import structlog

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.dto import jobs
from subscriptions.domain.ids import PlanId, SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

PAGE: Final = 50
"""Number of subscriptions per page, each processed in its own unit of work."""


@dataclass(frozen=True)
class NarrowPlan:
    """Use case that ends customers' access to the resources removed from a plan. Idempotent. Access to resources that
    have been added to the plan again is kept.
    """

    units: UnitOfWorkFactory
    clock: Clock
    grant_access: GrantAccess

    async def __call__(self, job: jobs.NarrowPlan) -> None:
        """End the access of one page of subscribers, and queue the next page."""
        plan_id, cursor = PlanId(job.plan_id), SubscriptionId(job.after) if job.after is not None else None
        async with self.units() as uow:
            subscriptions = await uow.subscriptions.live_of_plan(plan_id, cursor, PAGE)
        for subscription in subscriptions:
            await self._withdraw(subscription.id, job.removed)
        if len(subscriptions) == PAGE:
            async with self.units() as uow:
                next_job = jobs.NarrowPlan(plan_id=job.plan_id, removed=job.removed, after=subscriptions[-1].id)
                await uow.enqueue(next_job.keyed_job(f"{plan_id}:{','.join(job.removed)}:{next_job.after}"))
                await uow.commit()
        log.info("plan narrowed", plan=str(plan_id), removed=job.removed, subscriptions=len(subscriptions))

    async def end_kept(self) -> None:
        """End access by grandfathered entitlements whose period is over."""
        async with self.units() as uow:
            due = await uow.resources.kept_due(self.clock.now(), PAGE)
        for entitlement in due:
            async with self.units() as uow:
                resource = await uow.resources.get(entitlement.resource_id)
            if resource is not None:
                await self._withdraw(entitlement.subscription_id, [resource.soft_id])

    async def _withdraw(self, subscription_id: SubscriptionId, removed_names: Collection[str]) -> None:
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(subscription_id, lock=True)
            customer = await uow.customers.get(subscription.customer_id) if subscription is not None else None
            plan = await uow.plans.get(subscription.plan_id) if subscription is not None else None
            if subscription is None or customer is None or plan is None:
                return
            for resource in await uow.resources.by_soft_ids(removed_names):
                await uow.resources.drop_kept(resource.id, subscription_id=subscription.id)
            gone_names = [soft_id for soft_id in removed_names if soft_id not in plan.opens]
            await self.grant_access.withdraw(uow, subscription, customer, plan, gone_names, self.clock.now())
            await uow.commit()
