"""Referral days granted for a payment, to the paying customer and to the customer's referrer."""

from datetime import datetime, timedelta

from subscriptions.domain.entities import ledger
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy


async def days_left(uow: UnitOfWork, subscription: Subscription, payment: Payment, now: datetime) -> timedelta:
    """Return the unused referral days granted for the payment; zero if it earned none."""
    entries = access_policy.with_rest(subscription, await uow.ledger.of_subscription(subscription.id), now)
    return ledger.left_of(entries, ledger.referral_source(payment.id), now)


async def brought_days(uow: UnitOfWork, payer: Customer, payment_id: PaymentId) -> bool:
    """Return True if referral days were granted for the payment, or if another process may be granting them now.

    If the referrer was erased since, only the ledger entries show the grant.
    """
    return payer.referrer_id is not None or bool(await uow.ledger.granted_to(ledger.referral_source(payment_id)))
