"""Cancellation of a subscription at its provider after a refund or at the end of the subscription, so that no further
charge is made.
"""

from dataclasses import dataclass

import structlog

from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.alarms.shared_alarms import StillBilled
from subscriptions.application.subscriptions.sync_from_provider import SyncFromProvider
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StopBilling:
    """Job that cancels one subscription at its provider at once. Idempotent."""

    units: UnitOfWorkFactory
    sync_from_provider: SyncFromProvider
    clock: Clock

    async def __call__(self, subscription_id: SubscriptionId) -> None:
        """Cancel the subscription. Raises gateway errors, after which the job is repeated until the provider has
        accepted the cancellation.
        """
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(subscription_id)
        if subscription is not None:
            has_stopped = await self.sync_from_provider.stop(subscription)
            if has_stopped:
                async with self.units() as uow:
                    await keep_alarm(uow, StillBilled, str(subscription_id), None, self.clock.now())
                    await uow.commit()
            log.info("billing stopped", subscription=str(subscription_id), at_provider=has_stopped)
