"""Fetching of a customer's next charges from the providers before a screen shows them."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.subscriptions.sync_from_provider import SyncFromProvider
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayError
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

FRESH: Final = timedelta(hours=1)
"""Maximum age of the provider's last report that a screen shows without a new request."""
WAIT_SECONDS: Final = 2.0
"""Total time in seconds for which a screen waits for the providers. After that, it shows their last reports."""


@dataclass(frozen=True)
class LearnCharges:
    """Use case that fetches the next charge of each renewing subscription whose last report is old."""

    units: UnitOfWorkFactory
    sync_from_provider: SyncFromProvider
    clock: Clock

    async def __call__(self, customer_id: CustomerId) -> None:
        """Fetch and store the next charges. No error is raised: if a provider does not respond in time, its last report
        is kept.
        """
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
            snapshot = await self.sync_from_provider.fetch(subscription)
        except (GatewayError, RetryLater) as error:
            log.info("next charge not learnt", subscription=str(subscription.id), reason=str(error))
            return
        if snapshot is not None and snapshot.upcoming is not None:
            await self.sync_from_provider.apply(subscription, snapshot)

    def _is_stale(self, subscription: Subscription) -> bool:
        """Return True if the provider's last report of the charge is too old. Return False for a charge that was never
        reported, because the provider may not support such reports.
        """
        upcoming = subscription.upcoming
        if not subscription.renews or subscription.status is SubscriptionStatus.PAST_DUE or upcoming is None:
            return False
        return self.clock.now() - upcoming.learned_at >= FRESH
