"""What a customer does with a subscription: cancel it, take that back, say why."""

from datetime import datetime

import structlog

from subscriptions.application.dto.policy import Policy
from subscriptions.application.handlers.customers import known_customer
from subscriptions.application.services.granting import Granting
from subscriptions.application.services.outlasting import outlast
from subscriptions.application.services.payment_asking import PaymentAsking
from subscriptions.application.services.plan_following import PlanFollowing
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.errors import RetryLater, UmbralError
from subscriptions.domain.ids import SubscriptionId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    GatewayRegistry,
    PaymentGateway,
    ResumesSubscriptions,
    SubscriptionSnapshot,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import following

log = structlog.get_logger(__name__)


class NothingToCancel(UmbralError):
    """The customer has no such subscription that would still be charged."""


class CannotUndo(UmbralError):
    """The cancellation cannot be taken back (any more)."""


class FollowProvider:
    """Fetches a subscription's present state at its provider and applies it."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock, policy: Policy) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock
        self._plans = PlanFollowing(policy)
        self._granting = Granting(policy)
        self._payments = PaymentAsking(units, gateways, clock)

    async def fetch(self, subscription: Subscription) -> SubscriptionSnapshot | None:
        """None where no provider manages it, or the provider knows it no more.

        Raises gateway errors, and RetryLater for a provider that is switched off here: that it does not answer says
        nothing about the subscription.
        """
        if subscription.provider is None or subscription.provider_ref is None:
            return None
        return await self._gateway(subscription.provider).fetch_subscription(subscription.provider_ref)

    async def ask_payments(self, subscription: Subscription) -> bool:
        """Whether its provider, asked, told of a payment unheard of, which is then applied like a webhook's.

        False also where payments cannot be asked for. Raises gateway errors.
        """
        return await self._payments(subscription)

    def ends_by_itself(self, subscription: Subscription) -> bool:
        """Whether the provider ends with the period what was canceled so; one that cannot has to be told at the end."""
        gateway = self._gateways.get(subscription.provider or "")
        return gateway is None or Capability.CANCEL_AT_PERIOD_END in gateway.capabilities

    async def stop(self, subscription: Subscription) -> bool:
        """No further charge, from now on. Raises as `fetch`."""
        if subscription.provider is None or subscription.provider_ref is None:
            return True
        gateway = self._gateway(subscription.provider)
        return await gateway.cancel_subscription(subscription.provider_ref, at_period_end=False)

    def unasked(self, subscription: Subscription) -> bool:
        """Whether its provider charges it again and again, and cannot be asked how it stands. Raises as `fetch`."""
        if subscription.provider is None or not subscription.renews:
            return False
        return Capability.FETCH not in self._gateway(subscription.provider).capabilities

    async def confirm(self, subscription: Subscription, *, canceled: bool) -> Subscription | None:
        """What became of a cancellation, or of taking it back, that the provider has just confirmed: as it says when
        asked again, or as it confirmed it where it cannot be asked. None: it knows no such subscription. Raises as
        `fetch`.
        """
        snapshot = await self.fetch(subscription)
        if snapshot is not None:
            return await self.apply(subscription.id, snapshot)
        if Capability.FETCH in self._gateway(subscription.provider or "").capabilities:
            return None
        async with self._units() as uow:
            fresh = await uow.subscriptions.get(subscription.id, lock=True)
            if fresh is not None:
                following.follow_word(fresh, self._clock.now(), canceled=canceled)
                await uow.subscriptions.save(fresh)
                await uow.commit()
            return fresh

    def _gateway(self, provider: str) -> PaymentGateway:
        gateway = self._gateways.get(provider)
        if gateway is None:
            raise RetryLater(f"provider {provider} is not configured in this process")
        return gateway

    async def apply(self, subscription_id: SubscriptionId, snapshot: SubscriptionSnapshot) -> Subscription | None:
        """Take the snapshot over, in a unit of work of its own."""
        now = self._clock.now()
        async with self._units() as uow:
            subscription = await uow.subscriptions.get(subscription_id, lock=True)
            if subscription is not None:
                rested = subscription.rests
                await self.take(uow, subscription, snapshot, now)
                await uow.subscriptions.save(subscription)
                if rested is not subscription.rests:
                    await self.settle(uow, subscription, now)
                await uow.commit()
            return subscription

    async def take(
        self, uow: UnitOfWork, subscription: Subscription, snapshot: SubscriptionSnapshot, now: datetime
    ) -> None:
        """Take the snapshot over, plan and price included; the caller saves the subscription."""
        await self._plans(uow, subscription, snapshot, now)
        following.follow_provider(subscription, snapshot, now)
        await outlast(uow, subscription, snapshot, now)

    async def settle(self, uow: UnitOfWork, subscription: Subscription, now: datetime) -> None:
        """Bring the access in line with the subscription, which is saved already."""
        customer = await uow.customers.get(subscription.customer_id)
        plan = await uow.plans.get(subscription.plan_id)
        if customer is not None and plan is not None:
            await self._granting.settle(uow, subscription, customer, plan, now)


class CancelSubscription:
    """No further charge; access to the end of what is paid."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, follow: FollowProvider) -> None:
        self._units = units
        self._gateways = gateways
        self._follow = follow

    async def __call__(self, telegram_id: TelegramId, soft_id: str | None = None) -> Subscription:
        """soft_id: which, needed by who has several.

        Confirmed by asking the provider again before anything is said. Raises NothingToCancel and gateway errors.
        """
        subscription = await self._choose(telegram_id, soft_id)
        if subscription.status is SubscriptionStatus.CANCELED:
            return subscription
        gateway = self._gateways.get(subscription.provider or "")
        if gateway is None or subscription.provider_ref is None:
            raise NothingToCancel(soft_id or "")
        if not await gateway.cancel_subscription(subscription.provider_ref, at_period_end=True):
            raise NothingToCancel(soft_id or "")
        applied = await self._follow.confirm(subscription, canceled=True)
        if applied is None or applied.status is not SubscriptionStatus.CANCELED:
            raise NothingToCancel(soft_id or "")
        log.info("canceled in the chat", subscription=str(subscription.id))
        return applied

    async def _choose(self, telegram_id: TelegramId, soft_id: str | None) -> Subscription:
        async with self._units() as uow:
            live = await _live_of(uow, telegram_id, soft_id)
        if len(live) != 1:
            raise NothingToCancel(soft_id or "")
        return live[0]


class UndoCancellation:
    """The customer keeps it after all."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, follow: FollowProvider) -> None:
        self._units = units
        self._gateways = gateways
        self._follow = follow

    async def __call__(self, telegram_id: TelegramId, soft_id: str | None = None) -> Subscription:
        """soft_id: which, needed by who canceled several.

        Raises CannotUndo where there is nothing to undo or the provider cannot, and gateway errors.
        """
        subscription = await self._choose(telegram_id, soft_id)
        gateway = self._gateways.get(subscription.provider or "")
        if not isinstance(gateway, ResumesSubscriptions) or subscription.provider_ref is None:
            raise CannotUndo(soft_id or "")
        if not await gateway.resume_subscription(subscription.provider_ref):
            raise CannotUndo(soft_id or "")
        applied = await self._follow.confirm(subscription, canceled=False)
        if applied is None or applied.status is SubscriptionStatus.CANCELED:
            raise CannotUndo(soft_id or "")
        return applied

    async def _choose(self, telegram_id: TelegramId, soft_id: str | None) -> Subscription:
        async with self._units() as uow:
            live = await _live_of(uow, telegram_id, soft_id)
        canceled = [item for item in live if item.status is SubscriptionStatus.CANCELED]
        if len(canceled) != 1:
            raise CannotUndo(soft_id or "")
        return canceled[0]


class NoteCancelReason:
    """Why somebody left, asked only after the cancellation."""

    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units

    async def __call__(self, telegram_id: TelegramId, soft_id: str, reason: str) -> None:
        """Kept with the subscription; anything that does not fit any more is dropped silently."""
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            plan = await uow.plans.by_soft_id(soft_id)
            for item in await uow.subscriptions.of_customer(customer.id):
                if plan is not None and item.plan_id == plan.id and item.status is SubscriptionStatus.CANCELED:
                    item.cancel_reason = reason
                    await uow.subscriptions.save(item)
                    await uow.commit()
                    return


async def _live_of(uow: UnitOfWork, telegram_id: TelegramId, soft_id: str | None) -> list[Subscription]:
    """This person's own live subscriptions; of one plan where it is named, and none where it is not on the books."""
    customer = await known_customer(uow, telegram_id)
    live = [item for item in await uow.subscriptions.of_customer(customer.id) if item.live]
    if soft_id is None:
        return live
    plan = await uow.plans.by_soft_id(soft_id)
    return [item for item in live if plan is not None and item.plan_id == plan.id]
