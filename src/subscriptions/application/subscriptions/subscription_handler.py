"""Actions of a customer on a subscription: cancel it, undo the cancellation, give a reason."""

from dataclasses import dataclass

import structlog

from subscriptions.application.catalog.method_prices import charged_there
from subscriptions.application.people.customers import known_customer
from subscriptions.application.subscriptions.open_purchases import payable_attempts
from subscriptions.application.subscriptions.sync_from_provider import SyncFromProvider
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import CustomerId, PlanId, TelegramId
from subscriptions.domain.ports.payment_gateway import (
    ChangesPlans,
    GatewayError,
    GatewayRegistry,
    PaymentGateway,
    PlanChangeRequest,
    ResumesSubscriptions,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)


class NothingToCancel(UmbralError):
    """Error: the customer has no subscription that would be charged again."""


class CannotUndo(UmbralError):
    """Error: the cancellation can't be undone, or can no longer be undone."""


@dataclass(frozen=True)
class CancelSubscription:
    """Use case that cancels renewals; access lasts until the end of the paid period."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    sync_from_provider: SyncFromProvider

    async def __call__(self, telegram_id: TelegramId, soft_id: str | None = None) -> Subscription:
        """Cancel the subscription. `soft_id`: slug of the plan, required if the customer has several subscriptions.

        The provider confirms the cancellation before the customer is notified. Raises NothingToCancel and gateway
        errors.
        """
        subscription = await self._choose(telegram_id, soft_id)
        if subscription.status is SubscriptionStatus.CANCELED:
            return subscription
        gateway = self.gateways.get(subscription.provider or "")
        if gateway is None or subscription.provider_ref is None:
            raise NothingToCancel(soft_id or "")
        if not await gateway.cancel_subscription(subscription.provider_ref, at_period_end=True):
            raise NothingToCancel(soft_id or "")
        subscription_now = await self.sync_from_provider.confirm(subscription, is_canceled=True)
        if subscription_now is None or subscription_now.status is not SubscriptionStatus.CANCELED:
            raise NothingToCancel(soft_id or "")
        log.info("canceled", subscription=str(subscription.id))
        return subscription_now

    async def _choose(self, telegram_id: TelegramId, soft_id: str | None) -> Subscription:
        async with self.units() as uow:
            live = await _live_of(uow, telegram_id, soft_id)
        if len(live) != 1:
            raise NothingToCancel(soft_id or "")
        return live[0]


@dataclass(frozen=True)
class UndoCancellation:
    """Use case that undoes a cancellation."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    sync_from_provider: SyncFromProvider

    async def __call__(self, telegram_id: TelegramId, soft_id: str | None = None) -> Subscription:
        """Undo the cancellation. `soft_id`: slug of the plan, required if the customer canceled several subscriptions.

        Raises gateway errors, and CannotUndo if there is no cancellation or the provider can't undo it.
        """
        subscription = await self._choose(telegram_id, soft_id)
        gateway = self.gateways.get(subscription.provider or "")
        if not isinstance(gateway, ResumesSubscriptions) or subscription.provider_ref is None:
            raise CannotUndo(soft_id or "")
        if not await gateway.resume_subscription(subscription.provider_ref):
            raise CannotUndo(soft_id or "")
        await self._settle_again(gateway, subscription)
        subscription_now = await self.sync_from_provider.confirm(subscription, is_canceled=False)
        if subscription_now is None or subscription_now.status is SubscriptionStatus.CANCELED:
            raise CannotUndo(soft_id or "")
        return subscription_now

    async def _settle_again(self, gateway: PaymentGateway, subscription: Subscription) -> None:
        """Schedule the agreed plan change again at a provider that dropped it because of the cancellation. If that
        fails, the plan does not change, and the customer is notified of the next charge as usual.
        """
        ref, at = subscription.provider_ref, subscription.next_plan_at
        if subscription.next_plan_id is None or at is None or ref is None or not isinstance(gateway, ChangesPlans):
            return
        async with self.units() as uow:
            plan = await uow.plans.get(subscription.next_plan_id)
            price = await uow.plans.price_at(subscription.next_plan_id, gateway.name)
            bought = await _bought_apart(uow, subscription.customer_id, subscription.next_plan_id)
            if bought or plan is None or price is None or not price.external_price_id:
                # The customer has bought that plan separately, and can have it only once.
                return
            amount = await charged_there(uow, plan, gateway.name)
        if subscription.next_price not in {None, amount}:
            # The plan's price has changed since the agreement.
            return
        request = PlanChangeRequest(
            subscription_ref=ref,
            price_ref=price.external_price_id,
            amount=amount,
            at_renewal=True,
            as_of=at,
            interval=plan.interval or Interval.MONTH,
            interval_count=plan.interval_count,
            idempotency_key=f"keep:{subscription.id}:{price.external_price_id}:{int(at.timestamp())}",
        )
        try:
            await gateway.change_plan(request)
        except GatewayError as error:
            log.warning("plan not agreed again", subscription=str(subscription.id), reason=str(error))

    async def _choose(self, telegram_id: TelegramId, soft_id: str | None) -> Subscription:
        async with self.units() as uow:
            live = await _live_of(uow, telegram_id, soft_id)
        canceled = [item for item in live if item.status is SubscriptionStatus.CANCELED or item.has_end_date]
        candidates = [item for item in canceled if item.billing_stopped_at is None]
        if len(candidates) != 1:
            raise CannotUndo(soft_id or "")
        return candidates[0]


@dataclass(frozen=True)
class NoteCancelReason:
    """Use case that records the reason of a cancellation, before or after it."""

    units: UnitOfWorkFactory

    async def __call__(self, telegram_id: TelegramId, soft_id: str, reason: str | None) -> None:
        """Store the reason with the subscription. `reason`: None for a customer who decided not to cancel."""
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            plan = await uow.plans.by_soft_id(soft_id)
            live = await uow.subscriptions.live_for(customer.id, plan.id, lock=True) if plan is not None else None
            if live is not None:
                live.cancel_reason = reason
                await uow.subscriptions.save(live)
                await uow.commit()


async def _bought_apart(uow: UnitOfWork, customer_id: CustomerId, plan_id: PlanId) -> bool:
    """Return True if the customer bought the plan separately, or has an open checkout for it that may have been paid
    without a webhook.
    """
    live = await uow.subscriptions.live_for(customer_id, plan_id)
    return live is not None or bool(await payable_attempts(uow, customer_id, plan_id))


async def _live_of(uow: UnitOfWork, telegram_id: TelegramId, soft_id: str | None) -> list[Subscription]:
    """Return the customer's live subscriptions, or only those to the given plan. The result is empty for an unknown
    plan.
    """
    customer = await known_customer(uow, telegram_id)
    live = [item for item in await uow.subscriptions.of_customer(customer.id) if item.live]
    if soft_id is None:
        return live
    plan = await uow.plans.by_soft_id(soft_id)
    return [item for item in live if plan is not None and item.plan_id == plan.id]
