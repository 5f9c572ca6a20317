"""A complete purchase for tests, stored with all entities on which it depends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import SubscriptionId, new_uuid
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.zones import HOME
from tests.fakes import samples
from tests.fakes.samples import NOON


@dataclass
class Sale:
    """All entities of a purchase."""

    customer: Customer
    plan: ServicePlan
    order: Order
    subscription: Subscription
    payment: Payment
    channel: Channel


async def selling(uow: UnitOfWork) -> Sale:
    """Store a purchase with the entities that it depends on."""
    customer, plan = samples.customer(), samples.plan()
    order = samples.order(customer, plan)
    subscription = samples.subscription(order)
    payment = samples.payment(order, subscription_id=subscription.id)
    channel = samples.ready_channel(subscription)
    await uow.customers.save(customer)
    await uow.plans.save(plan)
    assert await uow.orders.add_if_new(order)
    await uow.subscriptions.save(subscription)
    assert await uow.payments.add_if_new(payment)
    assert await uow.channels.add_if_new(channel)
    return Sale(customer, plan, order, subscription, payment, channel)


def entry(subscription_id: SubscriptionId) -> LedgerEntry:
    """Return the ledger entry of one paid month."""
    return LedgerEntry(
        subscription_id=subscription_id,
        kind=LedgerKind.PAYMENT,
        source_key="pay-1",
        starts_at=NOON,
        length=timedelta(days=31, hours=-1, microseconds=7),
        created_at=NOON,
    )


def receipt_for(sale: Sale, kind: ReceiptKind = ReceiptKind.RECEIPT) -> Receipt:
    """Return the receipt of a sale, or its credit note for the whole amount."""
    payment = sale.payment
    made = Receipt.draft(
        kind,
        payment.id if kind is ReceiptKind.RECEIPT else new_uuid(),
        payment_id=payment.id,
        order_id=payment.order_id,
        customer_id=payment.customer_id,
        customer_ref="1 · Ana",
        plan_name="Retabet",
        provider=payment.provider,
        amount=payment.amount,
        tax_minor=None,
        issuer="Retador S.L.",
        now=NOON,
        zone=HOME,
    )
    made.number = 1
    return made
