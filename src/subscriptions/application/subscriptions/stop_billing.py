"""No further charge at the provider, because what was paid went back or ended."""

import structlog

from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.alarms.shared_alarms import StillBilled
from subscriptions.application.subscriptions.follow_provider import FollowProvider
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class StopBilling:
    """Cancels one subscription at its provider, at once; repeating it changes nothing there."""

    def __init__(self, units: UnitOfWorkFactory, follow_provider: FollowProvider, clock: Clock) -> None:
        self._units = units
        self._follow_provider = follow_provider
        self._clock = clock

    async def __call__(self, subscription_id: SubscriptionId) -> None:
        """Raises gateway errors: the job runs again until the provider has taken it."""
        async with self._units() as uow:
            subscription = await uow.subscriptions.get(subscription_id)
        if subscription is not None:
            has_stopped = await self._follow_provider.stop(subscription)
            if has_stopped:
                async with self._units() as uow:
                    await keep_alarm(uow, StillBilled, str(subscription_id), None, self._clock.now())
                    await uow.commit()
            log.info("billing stopped", subscription=str(subscription_id), at_provider=has_stopped)
