"""A month left out at its customer's wish: what is paid runs to its end, then nobody is charged, and nobody inside."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from subscriptions.application.catalog.method_prices import next_amount
from subscriptions.application.people.customers import known_customer
from subscriptions.application.subscriptions.follow_provider import FollowProvider
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
    """There is no such subscription that may rest, or rests at its customer's wish; nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class PauseView:
    """A month that is left out, or would be. starts: until then what is paid runs. charge_at: when it is charged again.
    is_settled: it is so already. rests: it has begun, so that going on is charged now.
    """

    soft_id: str
    plan_name: str
    price: Money
    starts: datetime
    charge_at: datetime
    is_settled: bool = False
    rests: bool = False


@dataclass(frozen=True)
class PauseSubscription:
    """Leaves out one month, and ends that before its time."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    follow_provider: FollowProvider
    clock: Clock

    async def preview(self, telegram_id: TelegramId, soft_id: str) -> PauseView:
        """The pause that would be, or the one that is. Raises NothingToPause."""
        subscription, plan = await self._get_subscription(telegram_id, soft_id)
        return await self._view(subscription, plan)

    async def __call__(self, telegram_id: TelegramId, soft_id: str) -> PauseView:
        """Leave out the month after what is paid; pressing again changes nothing. Raises NothingToPause and gateway
        errors."""
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
        """Go on before its time. None: it goes on; else the pause as it stands, where what is left out cannot be
        charged at once. Raises NothingToPause, ChargeDeclined (then it rests on) and other gateway errors."""
        subscription, plan = await self._get_subscription(telegram_id, soft_id)
        if subscription.pause_until is None:
            return None
        if subscription.paused_in_period:
            # It charges again by itself, but not for the period that its seller left unpaid.
            return await self._view(subscription, plan)
        if not await self._gateway(subscription).end_pause(subscription.provider_ref or "", at_once=True):
            raise NothingToPause(soft_id)
        result = await self._apply(subscription)
        log.info("pause ended", subscription=str(result.id), rests=result.rests)
        # What was charged at once need not wait for its webhook.
        is_paid = result.rests and await self.follow_provider.ask_payments(result)
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
            # Whoever is kept out for another reason would pay for going on, and stay out.
            raise NothingToPause(soft_id)
        self._gateway(subscription)
        return subscription, plan

    def _gateway(self, subscription: Subscription) -> PausesSubscriptions:
        gateway = self.gateways.get(subscription.provider or "")
        if not isinstance(gateway, PausesSubscriptions) or subscription.provider_ref is None:
            raise NothingToPause(str(subscription.id))
        return gateway

    async def _apply(self, subscription: Subscription) -> Subscription:
        snapshot = await self.follow_provider.fetch(subscription)
        result = await self.follow_provider.apply(subscription.id, snapshot) if snapshot is not None else None
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
            rests=subscription.rests or pause_policy.has_begun(subscription),
        )


def pause_of(subscription: Subscription, now: datetime) -> tuple[datetime, datetime]:
    """Return from when until when the month is, or would be, left out."""
    starts = subscription.access_until or subscription.current_period_end or now
    # Days that were given are had in the month left out: they move no charge.
    charged_at = subscription.current_period_end or starts
    return starts, subscription.pause_until or charged_at + pause_policy.month_from(subscription, charged_at)
