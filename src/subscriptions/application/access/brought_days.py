"""Referral days granted for a payment, to the paying customer and to the customer's referrer."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from subscriptions.domain.entities import ledger
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy


async def days_left(uow: UnitOfWork, subscription: Subscription, payment: Payment, now: datetime) -> timedelta:
    """Return the unused referral days granted for the payment; zero if the payment earned none."""
    entries = access_policy.with_rest(subscription, await uow.ledger.of_subscription(subscription.id), now)
    return ledger.left_of(entries, ledger.brought_source(payment.id), now)


async def brought_days(uow: UnitOfWork, payer: Customer, payment_id: PaymentId) -> bool:
    """Return True if referral days were granted for the payment, or if another process may be granting them now.

    If the referrer has been erased, only the ledger entries show the grant.
    """
    return payer.referrer_id is not None or bool(await uow.ledger.granted_to(ledger.brought_source(payment_id)))


async def days_to_return(uow: UnitOfWork, subscription: Subscription, now: datetime) -> timedelta:
    """Return the unused referral days that a job is about to revoke, because their payments were refunded or lost in a
    dispute, and by which access ends earlier: days that wait for their plan are not included. Zero once the job has
    revoked them.
    """
    entries, _, went_back = await _brought(uow, subscription, now)
    return ledger.days_returning(entries, went_back, now, waiting=False)


async def has_brought_days(uow: UnitOfWork, subscription: Subscription, now: datetime) -> bool:
    """Return True if the subscription has unused referral days that are not about to be revoked."""
    entries, payments, went_back = await _brought(uow, subscription, now)
    return ledger.days_returning(entries, payments, now) > ledger.days_returning(entries, went_back, now)


async def lasting_end(uow: UnitOfWork, subscription: Subscription, now: datetime) -> datetime | None:
    """Return the end of access as messages show it, without referral days that are about to be revoked. While Umbral
    suspends the access, it is the end that the access would have if the suspension ended now. None for a subscription
    that never had any access time.
    """
    end = access_policy.without_hold(subscription, now).access_until
    return end - await days_to_return(uow, subscription, now) if end is not None else None


async def lasting_end_of(uow: UnitOfWork, access: Access, now: datetime) -> datetime | None:
    """Return the end of an access as messages show it, without referral days that are about to be revoked. None if no
    end is recorded.
    """
    subscriptions: Sequence[Subscription] = await uow.subscriptions.of_customer(access.customer_id)
    last = next((each for each in subscriptions if each.live and each.access_until == access.ends_at), None)
    return access.ends_at if last is None else await lasting_end(uow, last, now)


async def _brought(
    uow: UnitOfWork, subscription: Subscription, now: datetime
) -> tuple[Sequence[LedgerEntry], Collection[PaymentId], Collection[PaymentId]]:
    """Return the ledger entries of a subscription, the payments that earned its referral days, and those of them that
    were refunded or lost in a dispute.
    """
    stored = await uow.ledger.of_subscription(subscription.id)
    entries = access_policy.with_rest(subscription, stored, now)
    payments = ledger.brought_payments(stored)
    went_back = [each for each in payments if await _went_back(uow, each)]
    return entries, payments, went_back


async def _went_back(uow: UnitOfWork, payment_id: PaymentId) -> bool:
    """Return True if the time bought by the payment was revoked because of a refund or a lost dispute. For an
    unredeemed gift, which has no time yet, return True if the payment was refunded.
    """
    payment = await uow.payments.get(payment_id)
    if payment is None:
        return False
    if payment.subscription_id is None:
        return payment.status is PaymentStatus.REFUNDED
    entries = await uow.ledger.of_subscription(payment.subscription_id)
    return any(each.kind in ledger.CUTS and each.payment_id == payment_id for each in entries)
