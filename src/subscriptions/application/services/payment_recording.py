"""Counting money: one captured payment becomes one ledger entry, once, or is kept for a person."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from subscriptions.application.services.granting import Granting
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import FlagReason, Payment
from subscriptions.domain.entities.payment_account import PaymentAccount
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionEvent
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.events import PaymentFlagged, PaymentReceived
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, SubscriptionSnapshot
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import payment_policy

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """An order with everybody it concerns, its row locked."""

    order: Order
    customer: Customer
    plan: ServicePlan
    subscription: Subscription | None


class PaymentRecording:
    """Applies captured money to a purchase inside the caller's unit of work."""

    def __init__(self, granting: Granting) -> None:
        self._granting = granting

    async def record(
        self,
        uow: UnitOfWork,
        purchase: Purchase,
        event: PaymentEvent,
        snapshot: SubscriptionSnapshot | None,
        now: datetime,
    ) -> str:
        """Count the payment; the answer says what came of it, for the inbox."""
        if event.payment_key is None:
            raise Permanent("a captured payment without the provider's key cannot be counted")
        if await uow.payments.by_key(event.provider, event.payment_key) is not None:
            return "counted before"
        payment = _payment(purchase, event, event.payment_key, now)
        earlier = await uow.payments.of_order(purchase.order.id)
        flag = payment_policy.flag_for(event, purchase.order, purchase.customer, purchase.subscription, earlier)
        if flag is None and await self._clashes(uow, purchase, event):
            flag = FlagReason.SECOND_CAPTURE
        if flag is not None:
            return await self._set_aside(uow, payment, flag)
        return await self._count(uow, purchase, payment, event, snapshot, now)

    async def _clashes(self, uow: UnitOfWork, purchase: Purchase, event: PaymentEvent) -> bool:
        """Whether the customer has this plan already, by another agreement than the one that was paid."""
        live = await uow.subscriptions.live_for(purchase.order.customer_id, purchase.order.plan_id)
        if live is None:
            return False
        return live.provider != event.provider or live.provider_ref != event.subscription_ref

    async def _set_aside(self, uow: UnitOfWork, payment: Payment, flag: FlagReason) -> str:
        payment.raise_flag(flag)
        await uow.payments.add_if_new(payment)
        uow.record(PaymentFlagged(payment.id, payment.customer_id, payment.order_id, flag))
        log.warning("payment set aside", payment=payment.reference, reason=str(flag))
        return f"set aside: {flag}"

    async def _count(
        self,
        uow: UnitOfWork,
        purchase: Purchase,
        payment: Payment,
        event: PaymentEvent,
        snapshot: SubscriptionSnapshot | None,
        now: datetime,
    ) -> str:
        order = purchase.order
        time = payment_policy.paid_time(event, snapshot, order)
        if time is None:
            raise RetryLater("the provider does not tell the paid period yet")
        subscription = purchase.subscription or Subscription.begin(order, event.provider, event.subscription_ref, now)
        payment.subscription_id = subscription.id
        order.capture(now)
        subscription.apply(SubscriptionEvent.PAID, now)
        if snapshot is not None:
            payment_policy.follow_provider(subscription, snapshot, now)
        await uow.orders.save(order)
        await uow.subscriptions.save(subscription)
        await uow.payments.add_if_new(payment)
        starts_at, length = time
        await uow.ledger.add_if_new(
            LedgerEntry(
                subscription_id=subscription.id,
                kind=LedgerKind.PAYMENT,
                source_key=f"{payment.provider}:{payment.payment_key}",
                starts_at=starts_at,
                length=length,
                payment_id=payment.id,
                created_at=now,
            )
        )
        await self._granting.recount(uow, subscription)
        await uow.subscriptions.save(subscription)
        await self._granting.grant(uow, subscription, purchase.customer, purchase.plan, now)
        await _remember_account(uow, order, event, snapshot, now)
        uow.record(PaymentReceived(payment.id, subscription.id, order.customer_id, payment.is_renewal))
        log.info("payment counted", order=order.reference, payment=payment.reference)
        return "counted"


def _payment(purchase: Purchase, event: PaymentEvent, payment_key: str, now: datetime) -> Payment:
    return Payment.captured(
        provider=event.provider,
        payment_key=payment_key,
        customer_id=purchase.customer.id,
        order_id=purchase.order.id,
        amount=event.amount or Money(0, purchase.order.price.currency),
        is_renewal=event.is_renewal,
        occurred_at=event.occurred_at,
        now=now,
    )


async def _remember_account(
    uow: UnitOfWork, order: Order, event: PaymentEvent, snapshot: SubscriptionSnapshot | None, now: datetime
) -> None:
    ref = event.customer_ref or (snapshot.customer_ref if snapshot else None)
    if ref is not None:
        await uow.customers.save_account(
            PaymentAccount(
                customer_id=order.customer_id, provider=event.provider, external_customer_id=ref, created_at=now
            )
        )
