"""Payment event → money, subscription and access. The event is a hint; the provider's present state is the truth."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from subscriptions.application.services.granting import Granting
from subscriptions.application.services.payment_recording import PaymentRecording, Purchase
from subscriptions.domain.entities.order import AttemptStatus, Order, OrderStatus
from subscriptions.domain.entities.subscription import SubscriptionEvent
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import InboxId, OrderId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    CompletesEvents,
    GatewayRegistry,
    PaymentEvent,
    PaymentEventKind,
    SubscriptionSnapshot,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.ports.webhook_inbox import InboxEntry, InboxStatus
from subscriptions.domain.services import payment_policy

log = structlog.get_logger(__name__)

MAX_WAITS = 8
"""How often an event waits for the order it speaks of before a person is asked."""


class PaymentWebhookHandler:
    """Applies one inbox entry, once."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        gateways: GatewayRegistry,
        clock: Clock,
        recording: PaymentRecording,
        granting: Granting,
    ) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock
        self._recording = recording
        self._granting = granting

    async def __call__(self, inbox_id: InboxId) -> None:
        """Raises RetryLater while the provider cannot be reached or what the event needs is not there yet."""
        async with self._units() as uow:
            entry = await uow.inbox.get(inbox_id)
        if entry is None or entry.status is not InboxStatus.PENDING:
            return
        event, snapshot = await self._ask_provider(entry.event)
        now = self._clock.now()
        async with self._units() as uow:
            entry = await uow.inbox.get(inbox_id, lock=True)
            if entry is None or entry.status is not InboxStatus.PENDING:
                return
            purchase = await _find_purchase(uow, event)
            if purchase is None:
                await self._without_purchase(uow, entry, now)
            else:
                note = await self.apply(uow, purchase, event, snapshot, now)
                _settle(entry, InboxStatus.APPLIED, note, now)
            await uow.inbox.save(entry)
            await uow.commit()
        if entry.status is InboxStatus.PENDING:
            raise RetryLater(f"no order yet for {entry.event.raw_type}", after=timedelta(seconds=2**entry.attempts))

    async def _ask_provider(self, event: PaymentEvent) -> tuple[PaymentEvent, SubscriptionSnapshot | None]:
        gateway = self._gateways.get(event.provider)
        if gateway is None:
            raise RetryLater(f"provider {event.provider} is not configured in this process")
        if isinstance(gateway, CompletesEvents):
            event = await gateway.complete_event(event)
        snapshot = await gateway.fetch_subscription(event.subscription_ref) if event.subscription_ref else None
        return event, snapshot

    async def _without_purchase(self, uow: UnitOfWork, entry: InboxEntry, now: datetime) -> None:
        event = entry.event
        if event.order_id is None and event.telegram_id is None:
            _settle(entry, InboxStatus.IGNORED, "speaks of nobody we know", now)
            log.warning("payment event for somebody unknown", provider=event.provider, type=event.raw_type)
            return
        entry.attempts += 1
        if entry.attempts > MAX_WAITS:
            _settle(entry, InboxStatus.PARKED, f"order {event.order_id} does not exist", now)
            facts = (("provider", event.provider), ("event", event.event_key), ("order", event.order_id or "-"))
            uow.record(AlarmRaised(f"inbox:{entry.id}", "unmatched_payment_event", facts))

    async def apply(
        self,
        uow: UnitOfWork,
        purchase: Purchase,
        event: PaymentEvent,
        snapshot: SubscriptionSnapshot | None,
        now: datetime,
    ) -> str:
        """Apply one fact to a locked purchase; the answer says what came of it. The caller commits."""
        if event.kind is PaymentEventKind.PAYMENT_COMPLETED:
            return await self._recording.record(uow, purchase, event, snapshot, now)
        if event.kind is PaymentEventKind.CHECKOUT_EXPIRED:
            return await _close_attempt(uow, purchase.order, event)
        subscription = purchase.subscription
        if event.kind in {
            PaymentEventKind.REFUND,
            PaymentEventKind.DISPUTE_OPENED,
            PaymentEventKind.DISPUTE_CLOSED,
        }:
            facts = (("order", purchase.order.reference), ("event", event.raw_type))
            uow.record(AlarmRaised(f"{event.provider}:{event.event_key}", str(event.kind), facts))
            return "a person was told"
        if subscription is None:
            return "nothing to follow yet"
        if event.kind is PaymentEventKind.PAYMENT_FAILED:
            subscription.fail_payment(final=event.final, now=now)
        if snapshot is not None:
            payment_policy.follow_provider(subscription, snapshot, now)
        elif event.kind is PaymentEventKind.SUBSCRIPTION_CANCELED:
            subscription.cancel(now=now)
        elif event.kind is PaymentEventKind.SUBSCRIPTION_PAUSED:
            subscription.apply(SubscriptionEvent.PAUSED, now)
        await uow.subscriptions.save(subscription)
        return f"subscription is {subscription.status}"


async def _find_purchase(uow: UnitOfWork, event: PaymentEvent) -> Purchase | None:
    order = await _find_order(uow, event)
    if order is None:
        return None
    customer = await uow.customers.get(order.customer_id)
    plan = await uow.plans.get(order.plan_id)
    if customer is None or plan is None:
        return None
    subscription = None
    if event.subscription_ref is not None:
        subscription = await uow.subscriptions.by_provider_ref(event.provider, event.subscription_ref, lock=True)
    return Purchase(order=order, customer=customer, plan=plan, subscription=subscription)


async def _find_order(uow: UnitOfWork, event: PaymentEvent) -> Order | None:
    """The order, locked: all events of one purchase are applied one after the other."""
    if event.order_id is not None:
        try:
            return await uow.orders.get(OrderId(UUID(event.order_id)), lock=True)
        except ValueError:
            return None
    if event.subscription_ref is not None:
        known = await uow.subscriptions.by_provider_ref(event.provider, event.subscription_ref)
        if known is not None and known.order_id is not None:
            return await uow.orders.get(known.order_id, lock=True)
    if event.checkout_ref is not None:
        attempt = await uow.orders.attempt_by_session(event.provider, event.checkout_ref)
        if attempt is not None:
            return await uow.orders.get(attempt.order_id, lock=True)
    for key in (event.about_payment, event.payment_key):
        payment = await uow.payments.by_key(event.provider, key) if key is not None else None
        if payment is not None:
            return await uow.orders.get(payment.order_id, lock=True)
    return None


async def _close_attempt(uow: UnitOfWork, order: Order, event: PaymentEvent) -> str:
    attempts = await uow.orders.attempts(order.id)
    for attempt in attempts:
        if attempt.provider == event.provider and attempt.session_ref == event.checkout_ref:
            attempt.status = AttemptStatus.CLOSED
            await uow.orders.save_attempt(attempt)
    if order.status is OrderStatus.OPEN and all(attempt.status is AttemptStatus.CLOSED for attempt in attempts):
        order.expire()
        await uow.orders.save(order)
    return "checkout closed"


def _settle(entry: InboxEntry, status: InboxStatus, note: str, now: datetime) -> None:
    entry.status, entry.note, entry.handled_at = status, note, now
