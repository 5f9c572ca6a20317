"""Scheduled search for work that is due on subscriptions and orders. The work is queued as jobs or recorded as changed
states.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from subscriptions.application.dto.jobs import CheckSubscription, CheckUnpaid, Remind
from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.bulk_expiry_guard import BulkExpiryGuard
from subscriptions.application.payments import part_payments
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy

log = structlog.get_logger(__name__)

BATCH = 500

ASK_AGAIN_EVERY = access_policy.PATIENT
"""Interval at which the provider is polled about a failed charge."""


@dataclass(frozen=True)
class DueWork:
    """Counts of the due work that one run found."""

    orders: int
    subscriptions: int
    unpaid: int
    reminders: int

    def __bool__(self) -> bool:
        return bool(self.orders or self.subscriptions or self.unpaid or self.reminders)


class RunDue:
    """Use case that finds due work in batches. Subscriptions that may have expired are not handled in batches but all
    at once, so that the guard sees how many people would be removed.
    """

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, policy: Policy) -> None:
        self._units = units
        self._clock = clock
        self._policy = policy
        self._bulk_expiry_guard = BulkExpiryGuard(policy)

    async def __call__(self) -> DueWork:
        """Find the due work. Idempotent and safe to run concurrently."""
        return DueWork(
            orders=await self._orders(),
            subscriptions=await self._subscriptions(),
            unpaid=await self._run_unpaid(),
            reminders=await self._reminders(),
        )

    async def _orders(self) -> int:
        async with self._units() as uow:
            due = await uow.orders.list_due(self._clock.now(), BATCH)
            for order in due:
                order.expire()
                await uow.orders.save(order)
                log.info("order expired", order=order.reference)
            await part_payments.let_go(uow, [order.id for order in due])
            await uow.commit()
        return len(due)

    async def _subscriptions(self) -> int:
        """Queue a check at the provider for every ended period, before anything is ended.

        All subscriptions found at this time form one run of the guard. A subscription that is paused for a dispute is
        not ended; it is checked because the provider may have charged it.
        """
        now = self._clock.now()
        async with self._units() as uow:
            due = await uow.subscriptions.list_due(now)
            if not due or not await self._bulk_expiry_guard.sees(uow, due, await uow.subscriptions.count_due(now)):
                return 0
            still_subscriptions, subscriptions = list[Subscription](), list[Subscription]()
            for subscription in due:
                is_paused = access_policy.stands_still(subscription)
                (still_subscriptions if is_paused else subscriptions).append(subscription)
                subscription.next_check_at = access_policy.next_check(subscription, now, self._policy.check_interval)
            for subscription in [*still_subscriptions, *await self._bulk_expiry_guard.select(uow, subscriptions, now)]:
                job = CheckSubscription(subscription_id=subscription.id)
                await uow.enqueue(job.keyed_job(subscription.id))
            await uow.subscriptions.save_all(due)
            await uow.commit()
        return len(due)

    async def _run_unpaid(self) -> int:
        """Queue checks of failed charges at the provider, except for very recent failures. `_subscriptions` handles the
        end of the grace period.
        """
        now = self._clock.now()
        async with self._units() as uow:
            due = await uow.subscriptions.unpaid(now, BATCH)
            for subscription in due:
                if subscription.next_check_at is not None:
                    await uow.enqueue(CheckUnpaid(subscription_id=subscription.id).keyed_job(subscription.id))
                end = access_policy.over_at(subscription, await self._grace(uow, subscription))
                subscription.next_check_at = min(now + ASK_AGAIN_EVERY, end or now + ASK_AGAIN_EVERY)
                await uow.subscriptions.save(subscription)
            await uow.commit()
        return len(due)

    async def _grace(self, uow: UnitOfWork, subscription: Subscription) -> timedelta:
        return access_policy.grace_of(await uow.plans.get(subscription.plan_id), self._policy.grace)

    async def _reminders(self) -> int:
        now = self._clock.now()
        async with self._units() as uow:
            due = await uow.subscriptions.to_remind(now, BATCH)
            for subscription in due:
                # This prevents another run from selecting the subscription before the job reschedules it.
                subscription.next_reminder_at = now + self._policy.check_interval
                await uow.subscriptions.save(subscription)
                await uow.enqueue(Remind(subscription_id=subscription.id).keyed_job(subscription.id))
            await uow.commit()
        return len(due)
