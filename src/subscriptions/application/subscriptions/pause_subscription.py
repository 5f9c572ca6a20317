"""Pause of a subscription by its customer: one month without charge and access, after the paid period."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from subscriptions.application.catalog.method_prices import next_amount
from subscriptions.application.people.customers import known_customer
from subscriptions.application.subscriptions.sync_from_provider import SyncFromProvider
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import PROVIDER, Subscription
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, PausesSubscriptions
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services import pause_policy

log = structlog.get_logger(__name__)


class NothingToPause(UmbralError):
    """Error: the customer has no subscription that can be paused, or no pause that can be ended; nothing
    was changed.
    """


@dataclass(frozen=True, kw_only=True)
class PauseView:
    """Existing or possible pause.

    starts: end of the paid time
    charge_at: date of the next charge
    is_settled: True if the pause exists; False if it is only possible
    is_paused: True if the pause has begun; a charge is then made as soon as the customer ends it
    """

    soft_id: str
    plan_name: str
    price: Money
    starts: datetime
    charge_at: datetime
    is_settled: bool = False
    is_paused: bool = False


@dataclass(frozen=True)
class PauseSubscription:
    """Use case that pauses a subscription for one month, and ends the pause early."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    sync_from_provider: SyncFromProvider
    clock: Clock

    async def preview(self, telegram_id: TelegramId, soft_id: str) -> PauseView:
        """Return the existing or possible pause. Raises NothingToPause if there is neither."""
        subscription, plan = await self._get_subscription(telegram_id, soft_id)
        return await self._view(subscription, plan)

    async def __call__(self, telegram_id: TelegramId, soft_id: str) -> PauseView:
        """Pause the subscription for the month after the paid period. Idempotent. Raises NothingToPause and gateway
        errors.
        """
        subscription, plan = await self._get_subscription(telegram_id, soft_id)
        gateway = self._gateway(subscription)
        if subscription.pause_until is None and not await gateway.pause_subscription(subscription.provider_ref or ""):
            raise NothingToPause(soft_id)
        result = await self._apply(subscription)
        if result.pause_until is None:
            raise NothingToPause(soft_id)
        log.info("paused", subscription=str(result.id), until=result.pause_until.isoformat())
        return await self._view(result, plan)

    async def end(self, telegram_id: TelegramId, soft_id: str) -> PauseView | None:
        """End the pause early. Return None if the subscription has resumed. Return the pause if it continues because
        the paused month cannot be charged at once.

        Raises NothingToPause, ChargeDeclined (the pause continues) and other gateway errors.
        """
        subscription, plan = await self._get_subscription(telegram_id, soft_id)
        if subscription.pause_until is None:
            return None
        if subscription.paused_in_period:
            # The provider resumes automatically, but does not charge for the unpaid period.
            return await self._view(subscription, plan)
        if not await self._gateway(subscription).end_pause(subscription.provider_ref or "", at_once=True):
            raise NothingToPause(soft_id)
        result = await self._apply(subscription)
        log.info("pause ended", subscription=str(result.id), is_paused=result.is_paused)
        # The payment of an immediate charge is fetched here, so that the customer need not wait for its webhook.
        is_paid = result.is_paused and await self.sync_from_provider.poll_payments(result)
        return None if is_paid or result.pause_until is None else await self._view(result, plan)

    async def _get_subscription(self, telegram_id: TelegramId, soft_id: str) -> tuple[Subscription, ServicePlan]:
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            plan = await uow.plans.by_soft_id(soft_id)
            subscription = await uow.subscriptions.live_for(customer.id, plan.id) if plan is not None else None
        if (
            plan is None
            or subscription is None
            or not (pause_policy.pausable(subscription, plan) or pause_policy.pauses(subscription))
        ):
            raise NothingToPause(soft_id)
        if subscription.paused_for - {PROVIDER}:
            # A customer whose access is suspended for another reason would pay and remain without access.
            raise NothingToPause(soft_id)
        self._gateway(subscription)
        return subscription, plan

    def _gateway(self, subscription: Subscription) -> PausesSubscriptions:
        gateway = self.gateways.get(subscription.provider or "")
        if not isinstance(gateway, PausesSubscriptions) or subscription.provider_ref is None:
            raise NothingToPause(str(subscription.id))
        return gateway

    async def _apply(self, subscription: Subscription) -> Subscription:
        snapshot = await self.sync_from_provider.fetch(subscription)
        result = await self.sync_from_provider.apply(subscription, snapshot) if snapshot is not None else None
        if result is None:
            raise NothingToPause(str(subscription.id))
        return result

    async def _view(self, subscription: Subscription, plan: ServicePlan) -> PauseView:
        starts, end = pause_of(subscription, self.clock.now())
        async with self.units() as uow:
            price = await next_amount(uow, subscription, None)
        return PauseView(
            soft_id=plan.soft_id,
            plan_name=plan.name,
            price=price,
            starts=starts,
            charge_at=end,
            is_settled=subscription.pause_until is not None,
            is_paused=subscription.is_paused or pause_policy.has_begun(subscription),
        )


def pause_of(subscription: Subscription, now: datetime) -> tuple[datetime, datetime]:
    """Return the start and end of the existing or possible pause."""
    starts = subscription.access_until or subscription.current_period_end or now
    # Granted days are used during the pause and do not postpone the charge.
    charged_at = subscription.current_period_end or starts
    return starts, subscription.pause_until or charged_at + pause_policy.month_from(subscription, charged_at)
