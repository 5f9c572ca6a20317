"""Cancellation of a subscription at its provider after a refund or at the end of the subscription, so that no further
charge is made.
"""

from dataclasses import dataclass

import structlog

from subscriptions.application.alarms.alarms import keep_alarm, subscription_facts
from subscriptions.application.alarms.shared_alarms import StillBilled
from subscriptions.application.subscriptions.sync_from_provider import SyncFromProvider
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services import provider_sync

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StopBilling:
    """Job that cancels one subscription at its provider at once. Idempotent."""

    units: UnitOfWorkFactory
    sync_from_provider: SyncFromProvider
    clock: Clock

    async def __call__(self, subscription_id: SubscriptionId) -> None:
        """Cancel the subscription. Raises gateway errors, after which the job is repeated until the provider has
        accepted the cancellation. If the provider neither cancels nor ends the subscription, an alarm is raised.
        """
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(subscription_id)
        if subscription is not None:
            has_stopped = await self.sync_from_provider.stop(subscription)
            if has_stopped:
                await self._keep_alarm(subscription, None)
            elif provider_sync.still_billed(await self.sync_from_provider.fetch(subscription), self.clock.now()):
                facts = subscription_facts(subscription)
                await self._keep_alarm(subscription, StillBilled(**facts, reason="the provider does not stop it"))
            log.info("billing stopped", subscription=str(subscription_id), at_provider=has_stopped)

    async def _keep_alarm(self, subscription: Subscription, alarm: StillBilled | None) -> None:
        async with self.units() as uow:
            await keep_alarm(uow, StillBilled, str(subscription.id), alarm, self.clock.now())
            await uow.commit()
