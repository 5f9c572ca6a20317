"""Addition of resources to a plan. The plan's customers get access at once, before their next renewal."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

import structlog

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import PlanId, SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

PAGE: Final = 50
"""Number of subscriptions per job, each processed in its own unit of work."""


@dataclass(frozen=True)
class OpenPlan:
    """Use case that gives subscribers access to the resources added to a plan. Idempotent.

    Subscribers who already have such a resource as a grandfathered entitlement get regular access to it.
    """

    units: UnitOfWorkFactory
    clock: Clock
    grant_access: GrantAccess

    async def __call__(self, job: jobs.OpenPlan) -> None:
        """Give access to one page of subscribers, and queue the next page."""
        plan_id, cursor = PlanId(job.plan_id), SubscriptionId(job.after) if job.after is not None else None
        async with self.units() as uow:
            plan = await uow.plans.get(plan_id)
            subscriptions = await uow.subscriptions.live_of_plan(plan_id, cursor, PAGE)
        if plan is None:
            return
        for subscription in subscriptions:
            await self._open(subscription.id, plan, job.added)
        if len(subscriptions) == PAGE:
            async with self.units() as uow:
                next_job = jobs.OpenPlan(plan_id=job.plan_id, added=job.added, after=subscriptions[-1].id)
                await uow.enqueue(next_job.keyed_job(f"{plan_id}:{','.join(job.added)}:{next_job.after}"))
                await uow.commit()
        log.info("plan opened", plan=plan.soft_id, added=job.added, subscriptions=len(subscriptions))

    async def _open(self, subscription_id: SubscriptionId, plan: ServicePlan, added_names: Collection[str]) -> None:
        now = self.clock.now()
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(subscription_id, lock=True)
            customer = await uow.customers.get(subscription.customer_id) if subscription is not None else None
            if subscription is None or customer is None or subscription.plan_id != plan.id:
                return
            if self.grant_access.timely(subscription, plan, now):
                kept_names = [each.soft_id for each in await uow.resources.kept_by(subscription.id)]
                opens = dict.fromkeys(soft_id for soft_id in (*plan.opens, *kept_names) if soft_id in added_names)
                if opens:
                    opened_plan = replace(plan, opens=tuple(opens))
                    await self.grant_access.add(uow, subscription, customer, opened_plan, now)
            await self.grant_access.check_hold(uow, subscription, plan)
            await uow.commit()
