"""The sweep over the shared chats: whose time is over goes, in one run, whatever the number of those who stay.

What a provider manages is asked of the provider first, one by one (`RunDue`, `CheckSubscription`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from subscriptions.application.access.kinds.shared_channel.grant_shared import GrantShared
from subscriptions.application.access.resource_kind import in_lock_order
from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.sweep_guard import SweepGuard
from subscriptions.domain.entities.subscription import PERIOD_OVER, Subscription
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

BATCH: Final = 1000


class SweepVip:
    """Ends what is over, cancels incomplete entries, and has people put out."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, policy: Policy) -> None:
        self._units = units
        self._clock = clock
        self._policy = policy
        self._sweep_guard = SweepGuard(policy)
        self._grant_shared = GrantShared(policy)

    async def __call__(self) -> int:
        """How many subscriptions ended. Repeating it, or running it twice at once, changes nothing.

        One look is one run of the guard: too many at once wait for an owner's word, all of them.
        """
        now = self._clock.now()
        async with self._units() as uow:
            due = await uow.vip.due(now)
            if not due or not await self._sweep_guard.sees(uow, due, await uow.vip.count_due(now)):
                return 0
            for subscription in due:
                subscription.next_check_at = now + self._policy.check_interval
            subscriptions = await self._sweep_guard.admit(uow, due, now)
            await self._end(uow, subscriptions, now)
            await uow.subscriptions.save_all(due)
            people = sorted({subscription.customer_id for subscription in subscriptions})
            await self._settle(uow, subscriptions, people, now)
            await uow.commit()
        if subscriptions:
            log.info("vip sweep", ended=len(subscriptions), people=len(people), held=len(due) - len(subscriptions))
        return len(subscriptions)

    async def _end(self, uow: UnitOfWork, subscriptions: Sequence[Subscription], now: datetime) -> None:
        cases = await uow.sweeps.open_of([subscription.id for subscription in subscriptions])
        for subscription in subscriptions:
            subscription.end(PERIOD_OVER, now)
            if subscription.id in cases:
                await self._sweep_guard.ended(uow, subscription)

    async def _settle(
        self, uow: UnitOfWork, subscriptions: Sequence[Subscription], people: Sequence[CustomerId], now: datetime
    ) -> None:
        plans = [await uow.plans.get(plan_id) for plan_id in sorted({each.plan_id for each in subscriptions})]
        opened = {soft_id for plan in plans if plan is not None for soft_id in plan.opens}
        for resource in in_lock_order(await uow.resources.named(opened)):
            for start in range(0, len(people), BATCH):
                await self._grant_shared.settle_all(uow, resource, people[start : start + BATCH], now)
