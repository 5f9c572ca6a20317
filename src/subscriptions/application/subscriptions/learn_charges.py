"""The next charges of a customer, fetched before a screen shows them."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.subscriptions.follow_provider import FollowProvider
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayError
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

FRESH: Final = timedelta(hours=1)
"""How old the provider's word may be for a screen to show it unasked."""
WAIT_SECONDS: Final = 2.0
"""How long a screen waits for all providers together; then it shows the last word."""


@dataclass(frozen=True)
class LearnCharges:
    """Asks the provider of each subscription that renews, where its last word about the next charge is old."""

    units: UnitOfWorkFactory
    follow_provider: FollowProvider
    clock: Clock

    async def __call__(self, customer_id: CustomerId) -> None:
        """Never fails: a provider that does not answer in time leaves its last word."""
        async with self.units() as uow:
            subscriptions = await uow.subscriptions.of_customer(customer_id)
        stale = [each for each in subscriptions if self._is_stale(each)]
        if not stale:
            return
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                for subscription in stale:
                    await self._learn(subscription)
        except TimeoutError:
            log.info("next charges shown by the last word", customer=str(customer_id))

    async def _learn(self, subscription: Subscription) -> None:
        try:
            snapshot = await self.follow_provider.fetch(subscription)
        except (GatewayError, RetryLater) as error:
            log.info("next charge not learnt", subscription=str(subscription.id), reason=str(error))
            return
        if snapshot is not None and snapshot.upcoming is not None:
            await self.follow_provider.apply(subscription.id, snapshot)

    def _is_stale(self, subscription: Subscription) -> bool:
        """What was never said is not asked for here: its provider may not be able to say it."""
        upcoming = subscription.upcoming
        if not subscription.renews or subscription.status is SubscriptionStatus.PAST_DUE or upcoming is None:
            return False
        return self.clock.now() - upcoming.learned_at >= FRESH
