"""Bulk expiry of the shared chats: everyone whose time is over is removed in one run.

Subscriptions managed by a provider are first checked individually (`RunDue`, `CheckSubscription`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from subscriptions.application.access.begin_waiting_time import BeginWaitingTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.kinds.shared_channel.grant_shared import GrantShared, in_batches
from subscriptions.application.access.resource_kind import Entitlement, in_lock_order, kind_of
from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.bulk_expiry_guard import BulkExpiryGuard
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import PERIOD_OVER, Subscription
from subscriptions.domain.ids import CustomerId, PlanId, ResourceId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)


class ExpireVip:
    """Use case that ends subscriptions to shared chats whose time is over, cancels unfinished entry steps, and queues
    the removal of people.
    """

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, policy: Policy) -> None:
        self._units = units
        self._clock = clock
        self._policy = policy
        self._bulk_expiry_guard = BulkExpiryGuard(policy)
        self._begin_waiting_time = BeginWaitingTime(GrantAccess(policy))
        self._grant_shared = GrantShared(policy)

    async def __call__(self) -> int:
        """End the subscriptions whose time is over and return their number. Idempotent and safe to run concurrently.

        If more subscriptions would end than `BulkExpiryGuard` allows, the new ones wait for an owner's decision.
        """
        now = self._clock.now()
        async with self._units() as uow:
            due = await uow.of(VIP_KEY).list_due(now)
            if not due or not await self._bulk_expiry_guard.sees(uow, due, await uow.of(VIP_KEY).count_due(now)):
                return 0
            for subscription in due:
                subscription.next_check_at = now + self._policy.check_interval
            subscriptions = await self._bulk_expiry_guard.admit(uow, due, now)
            await self._end(uow, subscriptions, now)
            await uow.subscriptions.save_all(due)
            people = sorted({subscription.customer_id for subscription in subscriptions})
            plans = {each: await uow.plans.get(each) for each in sorted({item.plan_id for item in subscriptions})}
            await self._close_own(uow, subscriptions, plans, now)
            await cancel_entries_on_expiry(uow, self._grant_shared, people, now)
            await uow.commit()
        if subscriptions:
            log.info(
                "vip bulk expiry", ended=len(subscriptions), people=len(people), held=len(due) - len(subscriptions)
            )
        return len(subscriptions)

    async def _end(self, uow: UnitOfWork, subscriptions: Sequence[Subscription], now: datetime) -> None:
        cases = await uow.bulk_expiries.open_of([subscription.id for subscription in subscriptions])
        for subscription in subscriptions:
            subscription.end(PERIOD_OVER, now)
            if subscription.id in cases:
                await self._bulk_expiry_guard.note_end(uow, subscription)
        for subscription_id in await uow.ledger.list_switched([subscription.id for subscription in subscriptions]):
            subscription = next(each for each in subscriptions if each.id == subscription_id)
            await self._begin_waiting_time(uow, subscription, now)

    async def _close_own(
        self,
        uow: UnitOfWork,
        subscriptions: Sequence[Subscription],
        plans: Mapping[PlanId, ServicePlan | None],
        now: datetime,
    ) -> None:
        """End the access to personal channels that an ended subscription still had, although its plan now includes only
        shared chats.
        """
        ids = [each.id for each in subscriptions]
        owner_ids = {each for batch in in_batches(ids) for each in await uow.of(VIP_KEY).with_own_channel(batch)}
        own_resources = [each for each in await uow.resources.all() if kind_of(each).for_one] if owner_ids else []
        for subscription in sorted(subscriptions, key=lambda each: each.id):
            customer = await uow.customers.get(subscription.customer_id) if subscription.id in owner_ids else None
            plan = plans[subscription.plan_id]
            if customer is None or plan is None:
                continue
            for each in own_resources:
                entitlement = Entitlement(
                    resource=each, subscription=subscription, customer=customer, plan=plan, policy=self._policy, now=now
                )
                await kind_of(each).settle(uow, entitlement)


async def cancel_entries_on_expiry(
    uow: UnitOfWork, grant_shared: GrantShared, customers: Sequence[CustomerId], now: datetime
) -> None:
    """Cancel the entry steps, and end the access to shared chats, of customers whose last plan has ended. The caller
    commits.

    The saved plans decide: a customer with another plan that includes the chat keeps access. Only a few SQL statements
    are needed per thousand customers, and each chat is checked only for the customers who used it.
    """
    customer_ids = defaultdict[ResourceId, list[CustomerId]](list)
    for batch in in_batches(customers):
        for resource_id, customer_id in await uow.of(VIP_KEY).list_entered(batch):
            customer_ids[resource_id].append(customer_id)
    for resource in in_lock_order(each for each in await uow.resources.all() if each.id in customer_ids):
        for batch in in_batches(sorted(customer_ids[resource.id])):
            await grant_shared.settle_all(uow, resource, batch, now)
