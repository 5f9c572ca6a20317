"""What is left of a plan that was paid once, as time of another plan: nothing is charged, and nothing goes back."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind, last_running
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.entities.service_plan import DURATION_LIMIT, ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import is_gift
from subscriptions.domain.money import Money
from subscriptions.domain.services.billing_period import Calendar

_LEAST: Final = timedelta(days=1)
"""What is worth less of the other plan is not offered: nobody wants a change for hours."""
_MOST: Final = timedelta(days=DURATION_LIMIT)
"""What was bought for good has no days left, and of what costs next to nothing nobody wants a hundred years."""
_STEP: Final = timedelta(hours=1)
_TICK: Final = timedelta(microseconds=1)
_SETTLED_FOR_US: Final = frozenset({DisputeStatus.WON, DisputeStatus.CLOSED})


@dataclass(frozen=True, kw_only=True)
class Remainder:
    """time: the time that is left. credit: what was paid for that. length: how long that lasts of the other plan, and
    until when.
    """

    time: timedelta
    credit: Money
    length: timedelta
    end: datetime


def may_move(subscription: Subscription) -> bool:
    """Whether it runs and was paid once, so that no provider has a word in what it is for."""
    is_bought = subscription.provider is not None and subscription.provider_ref is None
    return is_bought and subscription.status is SubscriptionStatus.ACTIVE


def fits(current: ServicePlan, target: ServicePlan, own: Collection[str]) -> bool:
    """Whether one can take the place of the other: another channel of one's own, by the period or paid once as before,
    with a price by the day. Not one that lasts longer: a year's day is cheap for who pays a year; by what was bought,
    too, which `remainder_of` does. own: names of the resources that each customer has one of their own of.
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
    """What is left at a moment, by one payment whose time alone runs; None where that is not so, the other plan costs
    another currency or lasts longer than what was bought at once, or too little comes of it. Rounded down: to the minor
    unit, then to the hour.

    price: of the other plan, each of its periods, by the way that was paid. zone: the shop's, by which months are
    counted.
    """
    piece = last_running(entries, at)
    if piece is None or payment.amount.currency != price.currency or price.minor <= 0:
        return None
    entry, end = piece
    if entry.kind is not LedgerKind.PAYMENT or entry.payment_id != payment.id or entry.length > _MOST:
        return None
    if min(timedelta(days=target.days), _period(target, entry.starts_at, zone)) > entry.length:
        # Not by the old plan's days: it may have a last day, and whatever it is by now, this was bought. A month as
        # long as the one that was bought, however short that was.
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
    """Whether a payment is its holder's own and wholly ours: nothing of it went back, and no bank asks about it."""
    own = payment.customer_id == subscription.customer_id and payment.subscription_id == subscription.id
    given_back = any(item.status is RefundStatus.GIVEN for item in refunds)
    asked_about = any(item.status not in _SETTLED_FOR_US for item in disputes)
    whole = payment.status is PaymentStatus.CAPTURED and not payment.part and not is_gift(payment.order_id)
    return own and whole and not given_back and not asked_about


def running_payment(entries: Iterable[LedgerEntry], at: datetime) -> LedgerEntry | None:
    """The one payment whose time runs at a moment, with nothing after it."""
    piece = last_running(entries, at)
    return piece[0] if piece is not None and piece[0].kind is LedgerKind.PAYMENT else None


def _paid_sum(payment: Payment) -> Money:
    """What came too much bought nothing."""
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
