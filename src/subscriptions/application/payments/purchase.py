"""Whose a payment event is: the order it speaks of, locked, with everybody it concerns."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import CheckoutAttempt, Order
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import OrderId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind, SubscriptionSnapshot
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import pricing


class Untold(UmbralError):
    """The provider has not told something without which money cannot be counted. Nothing was written yet."""


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """An order with everybody it concerns, its row locked. subscription: the one the event names, once it is known.

    plan: what the subscription is for now, which may have changed since the order; the order's where there is none yet.
    attempt: the checkout that the event's money belongs to, None where nothing was asked for at its provider.
    """

    order: Order
    customer: Customer
    plan: ServicePlan
    subscription: Subscription | None
    attempt: CheckoutAttempt | None = None


@dataclass(frozen=True, kw_only=True)
class Fact:
    """An event, what the provider says by now, and the present moment.

    returns: the product can give the event's money back by itself. asked_first: its provider asks us before it charges
    anybody. unknown: the provider was asked about the event's subscription and knows no such one.
    """

    event: PaymentEvent
    snapshot: SubscriptionSnapshot | None
    now: datetime
    returns: bool = False
    asked_first: bool = False
    unknown: bool = False


def payment_of(purchase: Purchase, event: PaymentEvent, payment_key: str, now: datetime) -> Payment:
    """The event's money, not stored yet."""
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


REVERSALS = frozenset({PaymentEventKind.REFUND, PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED})
"""Money that goes back: told by the payment it is about rather than by what is written on it."""


async def find_purchase(uow: UnitOfWork, event: PaymentEvent) -> Purchase | None:
    """None where none of the event's references leads to an order of ours.

    All events of one customer are applied one after the other. The customer's row is locked before the order's, as by
    who presses «Suscribirse»: the other way round the two could wait for each other.
    """
    order_id = await _order_id(uow, event)
    found = await uow.orders.get(order_id) if order_id is not None else None
    payer = await uow.customers.get(found.customer_id) if found is not None else None
    if found is None or payer is None:
        return None
    customer = await uow.customers.by_telegram_id(payer.telegram_id, lock=True)
    order = await uow.orders.get(found.id, lock=True)
    plan = await uow.plans.get(found.plan_id)
    if customer is None or order is None or plan is None:
        return None
    attempt = pricing.attempt_of(event, await uow.orders.attempts(order.id))
    subscription, ref = None, event.subscription_ref or begun_at(attempt, event)
    if ref is not None:
        subscription = await uow.subscriptions.by_provider_ref(event.provider, ref, lock=True)
    return Purchase(order=order, customer=customer, plan=plan, subscription=subscription, attempt=attempt)


def begun_at(attempt: CheckoutAttempt | None, event: PaymentEvent) -> str | None:
    """The provider's name of what began at the checkout an event names; None where nothing was paid there yet."""
    named = attempt is not None and attempt.session_ref is not None and attempt.session_ref == event.checkout_ref
    return attempt.subscription_ref if attempt is not None and named else None


async def _order_id(uow: UnitOfWork, event: PaymentEvent) -> OrderId | None:
    by_money = await _by_money(uow, event) if event.kind in REVERSALS else None
    if by_money is not None:
        return by_money
    named = await _named(uow, event)
    if named is not None:
        return named.id
    if event.subscription_ref is not None:
        known = await uow.subscriptions.by_provider_ref(event.provider, event.subscription_ref)
        if known is not None and known.order_id is not None:
            return known.order_id
    if event.checkout_ref is not None:
        attempt = await uow.orders.attempt_by_session(event.provider, event.checkout_ref)
        if attempt is not None:
            return attempt.order_id
    return await _by_money(uow, event)


async def _named(uow: UnitOfWork, event: PaymentEvent) -> Order | None:
    """By our own reference; what somebody else wrote there is no reason to look no further."""
    try:
        return await uow.orders.get(OrderId(UUID(event.order_id))) if event.order_id is not None else None
    except ValueError:
        return None


async def _by_money(uow: UnitOfWork, event: PaymentEvent) -> OrderId | None:
    for key in (event.about_payment, event.payment_key):
        payment = await uow.payments.by_key(event.provider, key) if key is not None else None
        if payment is not None:
            return payment.order_id
    return None
