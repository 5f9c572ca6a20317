"""A period is over: the provider is asked, and the subscription goes on, falls behind, or ends."""

from datetime import datetime, timedelta

import structlog

from subscriptions.application.dto.policy import Policy
from subscriptions.application.handlers.subscription_handler import FollowProvider
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import SubscriptionSnapshot
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy, payment_policy

log = structlog.get_logger(__name__)


class CheckSubscription:
    """Decides what follows when access has run out."""

    def __init__(self, units: UnitOfWorkFactory, follow: FollowProvider, clock: Clock, policy: Policy) -> None:
        self._units = units
        self._follow = follow
        self._clock = clock
        self._policy = policy

    async def __call__(self, subscription_id: SubscriptionId) -> None:
        """Raises gateway errors: while the provider cannot be asked, nobody loses anything."""
        async with self._units() as uow:
            subscription = await uow.subscriptions.get(subscription_id)
        if subscription is None or not subscription.live:
            return
        snapshot = await self._follow.fetch(subscription)
        now = await self._clock.confirm()
        async with self._units() as uow:
            subscription = await uow.subscriptions.get(subscription_id, lock=True)
            if subscription is None or not subscription.live:
                return
            await self._settle(uow, subscription, snapshot, now)
            await uow.commit()

    async def _settle(
        self, uow: UnitOfWork, subscription: Subscription, snapshot: SubscriptionSnapshot | None, now: datetime
    ) -> None:
        if snapshot is not None:
            payment_policy.follow_provider(subscription, snapshot, now)
        plan = await uow.plans.get(subscription.plan_id)
        if access_policy.is_over(subscription, _grace(plan, self._policy), now) and not _still_paid(
            subscription, snapshot, now
        ):
            subscription.end("period_over", now)
            await self._close_access(uow, subscription)
            log.info("subscription ended", subscription=str(subscription.id))
        await uow.subscriptions.save(subscription)

    async def _close_access(self, uow: UnitOfWork, subscription: Subscription) -> None:
        channel = await uow.channels.personal_of(subscription.customer_id, subscription.plan_id)
        access = await uow.accesses.of(subscription.customer_id, channel.id, lock=True) if channel else None
        if access is not None:
            access.end()
            await uow.accesses.save(access)


def _grace(plan: ServicePlan | None, policy: Policy) -> timedelta:
    days = plan.grace_days if plan is not None else None
    return policy.grace if days is None else timedelta(days=days)


def _still_paid(subscription: Subscription, snapshot: SubscriptionSnapshot | None, now: datetime) -> bool:
    """The provider says the next period runs and only its payment event is late: wait for that event."""
    if snapshot is None or snapshot.current_period_end is None or subscription.status is SubscriptionStatus.CANCELED:
        return False
    paying = subscription.status in {SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING}
    return paying and snapshot.current_period_end > now
