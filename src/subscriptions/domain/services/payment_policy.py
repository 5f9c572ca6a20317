"""What a payment event may do: which money counts, for which time, and what came without money."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import OVERPAID, PLAN_CHANGE
from subscriptions.domain.ports.payment_gateway import Capability, PaymentEvent, SubscriptionSnapshot
from subscriptions.domain.services import plan_change_policy
from subscriptions.domain.services.billing_period import Calendar

_UTC: Final = Calendar()

Time = tuple[datetime, timedelta]
"""From when, and for how long."""

_EARLY_BY: Final = timedelta(hours=1)
"""A payment may be dated a little before the period it opens."""


def flag_for(
    event: PaymentEvent,
    order: Order,
    customer: Customer,
    subscription: Subscription | None,
    live: Subscription | None,
    snapshot: SubscriptionSnapshot | None,
    amount: Money | None = None,
    went_over: bool = False,
) -> FlagReason | None:
    """Return why captured money gives no access by itself; None if it counts.

    A first payment must match amount, currency and order. A later charge of a known subscription must match
    subscription and currency: the provider charges what was agreed there, so whatever it charged, including 0, pays
    its period.

    subscription: the one the money belongs to, None if there is none yet. live: the customer's live one of this plan.
    amount: what the checkout asked for, None = the order's price. went_over: the live one came from another plan.
    """
    if somebody_elses(event, order, customer, subscription, snapshot):
        return FlagReason.CUSTOMER_MISMATCH
    if subscription is None:
        fits = _first_fits(event, amount or order.price)
    else:
        fits = event.amount is not None and event.amount.currency == subscription.price.currency
    if not fits:
        return FlagReason.AMOUNT_MISMATCH
    if subscription is None:
        more = extends(order, live, renews=event.subscription_ref is not None, went_over=went_over)
        second = order.status is OrderStatus.PAID or (live is not None and not more)
        return FlagReason.SECOND_CAPTURE if second else None
    if subscription.status is SubscriptionStatus.EXPIRED:
        return FlagReason.SUBSCRIPTION_OVER
    return FlagReason.SECOND_CAPTURE if live is not None and live.id != subscription.id else None


def renews_by(capabilities: Collection[Capability], *, is_recurring: bool) -> bool:
    """Whether what is bought renews by itself. is_recurring: the plan or order does, which a provider that cannot
    charge by itself sells period by period.
    """
    return is_recurring and Capability.RECURRING in capabilities


def extendable(live: Subscription, *, renews: bool) -> bool:
    """Whether more time may be bought for what somebody has. renews: what is to be bought renews by itself.

    Only time that no provider manages: a period of a provider's own has its end there. What renews begins only beside
    time that was given, and takes it over; beside a period that was paid in advance it would charge twice.
    """
    free_to = not renews or live.provider is None
    return free_to and live.provider_ref is None and live.status is SubscriptionStatus.ACTIVE


def has_all(live: Subscription, plan: ServicePlan, zone: tzinfo) -> bool:
    """Whether somebody has a plan until its last day by a zone's clock, or for life: more of it cannot be had."""
    live_end = live.access_until
    return live.for_life or (
        plan.ends_on is not None and live_end is not None and live_end.astimezone(zone).date() >= plan.ends_on
    )


def renewable(live: Subscription, plan: ServicePlan | None, zone: tzinfo) -> bool:
    """Whether its customer is offered more time: of what is paid once, was bought by the period, or was given. zone: by
    whose clock a last day is over."""
    if (
        plan is None
        or plan.free
        or not plan.active
        or has_all(live, plan, zone)
        or (plan.is_once and not plan.recurring)
    ):
        return False
    return extendable(live, renews=False)


def extends(order: Order, live: Subscription | None, *, renews: bool, went_over: bool = False) -> bool:
    """Whether an order is for more time, beside what its customer has of the plan: made while that ran already.

    renews: what was paid for renews by itself. An order that was open before another one was paid asks for the same
    thing twice. Not so beside what came from another plan, went_over: no order of this one led to that. Nothing is
    added to what is had for life.
    """
    if live is None or live.for_life or not extendable(live, renews=renews):
        return False
    if order.ends_at is not None and live.access_until is not None and live.access_until >= order.ends_at:
        return False
    return live.order_id is None or (live.order_id != order.id and (went_over or order.created_at > live.created_at))


def _first_fits(event: PaymentEvent, asked_amount: Money) -> bool:
    """Whether a first payment is what was asked for. What a provider takes off by itself nobody agreed to there."""
    paid_amount = event.amount if event.reduction is not None else event.regular or event.amount
    return paid_amount == asked_amount


def is_agreed_charge(event: PaymentEvent, subscription: Subscription, earlier: Collection[Money]) -> bool:
    """Return True if a charge of a known subscription is what was agreed: its price, or the difference of a change.

    A period that its provider counts as paid though it charged less is compared by what it regularly costs. earlier:
    what the subscription cost before its plan or price changed, for payments that are received late.
    """
    price = subscription.price
    if event.amount is None:
        return False
    if event.reduction is not None and plan_change_policy.is_known_price(event.amount, price, earlier):
        return True
    if event.reason == PLAN_CHANGE:
        return plan_change_policy.is_difference(event.amount, price, earlier)
    return plan_change_policy.is_known_price(event.regular or event.amount, price, earlier)


def excess_of(event: PaymentEvent) -> Money | None:
    """By how much a payment is more than was asked for; None where it is not."""
    if event.reason != OVERPAID or event.amount is None or event.regular is None:
        return None
    return event.amount - event.regular if event.regular < event.amount else None


def somebody_elses(
    event: PaymentEvent,
    order: Order,
    customer: Customer,
    subscription: Subscription | None,
    snapshot: SubscriptionSnapshot | None,
) -> bool:
    """Whether the money belongs elsewhere.

    Event, order, customer and subscription must tell the same story; the snapshot is the provider's own
    word.
    """
    people = {event.telegram_id, snapshot.telegram_id if snapshot else None} - {None}
    orders = {snapshot.order_id if snapshot else None} - {None}
    if subscription is not None:
        orders.add(str(subscription.order_id))
    return bool(people - {customer.telegram_id}) or bool(orders - {str(order.id)})


def paid_time(
    event: PaymentEvent,
    snapshot: SubscriptionSnapshot | None,
    order: Order,
    had_until: datetime | None = None,
    subscription: Subscription | None = None,
    calendar: Calendar = _UTC,
) -> Time | None:
    """From when and for how long a payment counts; None while the provider has not told the period.

    A provider-managed period is the provider's own; anything else runs from when it was paid, for the order's days or
    its interval. Not while its payer had the plan otherwise, `had_until`: heard of in time it would have been added to
    that. Months and years are as long as the calendar says from where the period begins, which is the end of what it
    extends; after a gap its earlier periods count no more. The difference that a change of plan costs adds none.

    calendar: the shop's, with the starts of the earlier periods of `subscription`, which the payment extends.
    """
    if event.reason == PLAN_CHANGE:
        return event.occurred_at, timedelta()
    periods = period_of(event, snapshot)
    start = event.occurred_at if had_until is None else max(event.occurred_at, had_until)
    if periods is None and not order.recurring and order.duration_days is not None:
        return start, timedelta(days=order.duration_days)
    if periods is None and event.subscription_ref is None and order.recurring and order.interval is not None:
        end = _end_of(subscription)
        begin = max(start, end or start)
        calendar = calendar if begin == end else replace(calendar, starts=())
        return start, calendar.length(begin, order.interval, order.interval_count)
    return periods


def until_its_end(time: Time, order: Order, subscription: Subscription | None) -> Time:
    """The same time, where the order has an end no longer than to it. subscription: what it is added to."""
    start, length = time
    if order.ends_at is None:
        return time
    return start, max(min(length, order.ends_at - max(start, _end_of(subscription) or start)), timedelta())


def _end_of(live_subscription: Subscription | None) -> datetime | None:
    return live_subscription.access_until if live_subscription is not None else None


def period_of(event: PaymentEvent, snapshot: SubscriptionSnapshot | None) -> Time | None:
    """The provider's period an event is about: its own, else the present one where the event falls into it.

    An event that is heard of months late is not about the present period.
    """
    own = _time(event.period_start, event.period_end)
    if own is not None or snapshot is None:
        return own
    present = _time(snapshot.current_period_start, snapshot.current_period_end)
    if present is None:
        return None
    start, length = present
    return present if start - _EARLY_BY <= event.occurred_at < start + length else None


def free_time(
    event: PaymentEvent, snapshot: SubscriptionSnapshot | None, order: Order, *, is_known: bool
) -> tuple[LedgerKind, Time] | None:
    """Return the time that an activation without money gives; None if it gives none.

    That is a trial, a period of a free plan, or a renewal that its provider says it charged at 0. is_known: the
    activation is about a subscription on record.
    """
    periods = period_of(event, snapshot)
    is_free_renewal = is_known and event.is_renewal and event.amount is not None and event.amount.minor == 0
    if periods is not None and (order.price.minor == 0 or is_free_renewal):
        return LedgerKind.PROMOTION, periods
    if order.trial_days > 0 and not event.is_renewal:
        return LedgerKind.TRIAL, periods or (event.occurred_at, timedelta(days=order.trial_days))
    return None


def _time(start: datetime | None, end: datetime | None) -> Time | None:
    return (start, end - start) if start is not None and end is not None and end > start else None
