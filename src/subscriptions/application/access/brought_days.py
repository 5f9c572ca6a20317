"""Days that a payment brought: to the customer who paid, and to whoever brought them."""

from datetime import datetime, timedelta

from subscriptions.domain.entities import ledger
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy


async def days_left(uow: UnitOfWork, subscription: Subscription, payment: Payment, now: datetime) -> timedelta:
    """Return how much of the days that a payment brought a subscription has not run."""
    entries = access_policy.with_rest(subscription, await uow.ledger.of_subscription(subscription.id), now)
    return ledger.left_of(entries, ledger.referral_source(payment.id), now)


async def brought_days(uow: UnitOfWork, payer: Customer, payment_id: PaymentId) -> bool:
    """Whether days were given for a payment, or may be right now. Of who was forgotten since, the days alone tell."""
    return payer.referrer_id is not None or bool(await uow.ledger.granted_to(ledger.referral_source(payment_id)))
