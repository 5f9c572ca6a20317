"""A charge failed: whether it went through since is not left to an event that may never come."""

import structlog

from subscriptions.application.people.alarms import about_period, raise_once
from subscriptions.application.subscriptions.follow_provider import FollowProvider
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRejected, ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class AskUnpaid:
    """Asks the provider about one subscription in its grace days, and takes over what it says. Ends nothing."""

    def __init__(self, units: UnitOfWorkFactory, follow_provider: FollowProvider, clock: Clock) -> None:
        self._units = units
        self._follow_provider = follow_provider
        self._clock = clock

    async def __call__(self, subscription_id: SubscriptionId) -> bool:
        """Whether what we know is the provider's present word. Raises RetryLater while it cannot be reached."""
        async with self._units() as uow:
            known = await uow.subscriptions.get(subscription_id)
        if known is None or known.status is not SubscriptionStatus.PAST_DUE:
            return True
        try:
            snapshot = await self._follow_provider.fetch(known)
            paid = snapshot is not None and snapshot.status is ProviderStatus.ACTIVE
            if paid or self._follow_provider.unasked(known):
                await self._follow_provider.ask_payments(known)
        except GatewayRejected as refusal:
            await self._tell(known, refusal)
            return False
        if snapshot is not None:
            await self._take(subscription_id, snapshot)
        return True

    async def _take(self, subscription_id: SubscriptionId, snapshot: SubscriptionSnapshot) -> None:
        now = self._clock.now()
        async with self._units() as uow:
            subscription = await uow.subscriptions.get(subscription_id, lock=True)
            if subscription is None or subscription.status is not SubscriptionStatus.PAST_DUE:
                return
            await self._follow_provider.take(uow, subscription, snapshot, now)
            await uow.subscriptions.save(subscription)
            if subscription.rests:
                await self._follow_provider.settle(uow, subscription, now)
            await uow.commit()
        log.info("unpaid subscription asked about", subscription=str(subscription_id), status=str(subscription.status))

    async def _tell(self, subscription: Subscription, refusal: GatewayRejected) -> None:
        async with self._units() as uow:
            await raise_once(uow, about_period(subscription, "provider_refuses", str(refusal)), self._clock.now())
            await uow.commit()
