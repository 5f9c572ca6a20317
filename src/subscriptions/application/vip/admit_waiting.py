"""Admission of customers who paid before a VIP channel was set up."""

from dataclasses import dataclass
from typing import Final

import structlog

from subscriptions.application.access.kinds.shared_channel.grant_shared import GrantShared
from subscriptions.application.access.resource_kind import Entitlement
from subscriptions.application.dto import vip_jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy

log = structlog.get_logger(__name__)

AT_ONCE: Final = 200
"""Maximum number of customers for whom one job queues their admission."""


@dataclass(frozen=True)
class AdmitWaiting:
    """Job that admits the customers who paid before a VIP channel was set up. Idempotent: customers with an access row
    are skipped.
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy
    grant_shared: GrantShared

    async def __call__(self, after_id: CustomerId | None = None) -> None:
        """Queue one admission job per customer, so that a failure affects only that customer. `after_id`: id of the
        customer after whom to continue; None to begin.
        """
        async with self.units() as uow:
            channel = await uow.of(VIP_KEY).channel()
            customer_ids = (
                await uow.of(VIP_KEY).without_access(channel.id, after_id, AT_ONCE) if channel is not None else []
            )
            for customer_id in customer_ids:
                await uow.enqueue(vip_jobs.AdmitToVip(customer_id=customer_id).keyed_job(f"admit:{customer_id}"))
            if len(customer_ids) == AT_ONCE:
                await uow.enqueue(
                    vip_jobs.AdmitWaiting(after=customer_ids[-1]).keyed_job(f"admit:after:{customer_ids[-1]}")
                )
            if customer_ids:
                await uow.commit()

    async def one(self, customer_id: CustomerId) -> None:
        """Admit one customer, and send the message that normally follows a payment."""
        now = await self.clock.confirm()
        async with self.units() as uow:
            customer = await uow.customers.get(customer_id, lock=True)
            subscription = await self._running_subscription(uow, customer_id) if customer is not None else None
            plan = await uow.plans.get(subscription.plan_id) if subscription is not None else None
            resource = await uow.resources.by_soft_id(VIP)
            if customer is None or subscription is None or plan is None or resource is None:
                return
            entitlement = Entitlement(
                resource=resource, subscription=subscription, customer=customer, plan=plan, policy=self.policy, now=now
            )
            if not await self.grant_shared.admit(uow, entitlement):
                return
            await uow.commit()
        log.info("let in, who paid while there was no VIP channel", customer=str(customer_id))

    async def _running_subscription(self, uow: UnitOfWork, customer_id: CustomerId) -> Subscription | None:
        """Return a live subscription that gives time now, or else a paused one; None if there is neither. All live
        subscriptions are locked, so that none ends in the meantime.
        """
        now, candidates = self.clock.now(), []
        for seen_subscription in await uow.of(VIP_KEY).live_subscriptions(customer_id):
            subscription, plan = (
                await uow.subscriptions.get(seen_subscription.id, lock=True),
                await uow.plans.get(seen_subscription.plan_id),
            )
            if subscription is None or plan is None or not subscription.live:
                continue
            grace = access_policy.grace_of(plan, self.policy.grace)
            if subscription.is_paused or access_policy.lets_in(subscription, grace, now):
                candidates.append(subscription)
        return next((each for each in candidates if not each.is_paused), candidates[0] if candidates else None)
