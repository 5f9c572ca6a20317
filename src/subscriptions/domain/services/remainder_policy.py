"""Policy for converting the remaining time of a plan paid once into time of another plan, without a charge or
refund.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind, last_running
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.entities.service_plan import DURATION_LIMIT, ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import is_for_another
from subscriptions.domain.money import Money
from subscriptions.domain.services.billing_period import Calendar

_LEAST: Final = timedelta(days=1)
"""Minimum time on the other plan for which a change is offered."""
_MOST: Final = timedelta(days=DURATION_LIMIT)
"""Maximum length of the bought time, and of the time that its value buys on the other plan. The limit excludes
purchases for life, which have no remaining days to convert, and prevents a very cheap plan from lasting for a century.
"""
_STEP: Final = timedelta(hours=1)
_TICK: Final = timedelta(microseconds=1)
_SETTLED_FOR_US: Final = frozenset({DisputeStatus.WON, DisputeStatus.CLOSED})


@dataclass(frozen=True, kw_only=True)
class Remainder:
    """Remaining value of a purchase.

    time: remaining time
    credit: amount paid for the remaining time
    length: length of the time that the credit buys on the other plan
    end: end of that time
    """

    time: timedelta
    credit: Money
    length: timedelta
    end: datetime


def may_move(subscription: Subscription) -> bool:
    """Return True if the subscription is active and was paid once, so that no provider manages it."""
    is_bought = subscription.provider is not None and subscription.provider_ref is None
    return is_bought and subscription.status is SubscriptionStatus.ACTIVE


def fits(current: ServicePlan, target: ServicePlan, own: Collection[str]) -> bool:
    """Return True if one plan can replace the other.

    Both plans must have a personal channel, and both must be recurring or neither. The other plan must not be free or
    have a last day, and must not be longer, because a day of a longer plan is cheap only for customers who pay the
    whole period. `remainder_of` also compares the other plan with the bought period.

    own: slugs of the resources created per customer
    """
    personal = not set(own).isdisjoint(current.opens) and not set(own).isdisjoint(target.opens)
    alike = current.recurring is target.recurring and target.ends_on is None and not target.free
    longest = min(current.days, DURATION_LIMIT) if current.recurring else DURATION_LIMIT
    return current.id != target.id and personal and alike and target.days <= longest


def remainder_of(
    entries: Iterable[LedgerEntry],
    payment: Payment,
    target: ServicePlan,
    price: Money,
    at: datetime,
    zone: tzinfo = UTC,
) -> Remainder | None:
    """Return the credit left from a purchase at a given time: the amount rounded down to the minor unit, the length to
    the hour.

    price: price per period of the other plan, by the payment method used
    zone: the shop's time zone, for counting months

    Return None if the running time is not the last of the subscription or was not bought with this payment, if the
    currencies differ, if the other plan is free, if its period is longer than the bought one, or if the bought time or
    the length of the credit is outside the limits for a change.
    """
    piece = last_running(entries, at)
    if piece is None or payment.amount.currency != price.currency or price.minor <= 0:
        return None
    entry, end = piece
    if entry.kind is not LedgerKind.PAYMENT or entry.payment_id != payment.id or entry.length > _MOST:
        return None
    if min(timedelta(days=target.days), _period(target, entry.starts_at, zone)) > entry.length:
        # Compare with the bought length and not the old plan's, which may have a last day or have changed since. A
        # month counts as long as the one that was bought.
        return None
    length_left = min(end - at, entry.length)
    credit = _part(_paid_sum(payment), length_left, entry.length)
    length = _time_for(credit, price, _period(target, at, zone))
    if length is None or length < _LEAST:
        return None
    return Remainder(time=length_left, credit=credit, length=length, end=at + length)


def counts(
    subscription: Subscription, payment: Payment, refunds: Iterable[Refund], disputes: Iterable[Dispute]
) -> bool:
    """Return True if the payment can be converted: the subscription's customer made it for this subscription in a
    single payment, it is not for a gift, and no part of it was refunded or is disputed.
    """
    own = payment.customer_id == subscription.customer_id and payment.subscription_id == subscription.id
    given_back = any(item.status is RefundStatus.GIVEN for item in refunds)
    asked_about = any(item.status not in _SETTLED_FOR_US for item in disputes)
    whole = payment.status is PaymentStatus.CAPTURED and not payment.part and not is_for_another(payment.order_id)
    return own and whole and not given_back and not asked_about


def running_payment(entries: Iterable[LedgerEntry], at: datetime) -> LedgerEntry | None:
    """Return the entry of the payment whose time runs at the given time. Return None if the running time was not bought
    or is not the last of the subscription.
    """
    piece = last_running(entries, at)
    return piece[0] if piece is not None and piece[0].kind is LedgerKind.PAYMENT else None


def _paid_sum(payment: Payment) -> Money:
    """Return the payment's amount without any overpayment, which bought no time."""
    return payment.amount if payment.excess is None else payment.amount - payment.excess


def _part(paid_amount: Money, length_left: timedelta, length: timedelta) -> Money:
    return Money(paid_amount.minor * (length_left // _TICK) // (length // _TICK), paid_amount.currency)


def _time_for(credit: Money, price: Money, period: timedelta) -> timedelta | None:
    steps = credit.minor * (period // _TICK) // (price.minor * (_STEP // _TICK))
    return steps * _STEP if steps <= _MOST // _STEP else None


def _period(plan: ServicePlan, at: datetime, zone: tzinfo) -> timedelta:
    if plan.recurring and plan.interval is not None:
        return Calendar(zone).length(at, plan.interval, plan.interval_count)
    return timedelta(days=plan.days)
