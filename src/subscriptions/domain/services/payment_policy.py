"""Policy for payments: which money counts, which time a payment buys, and which time is given without money."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
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
"""Start and length of a span of time."""

_OVERLAP: Final = timedelta(days=1)
"""Maximum overlap of two periods that a provider counts one after the other. Some providers count by the hour."""
_EARLY_BY: Final = timedelta(hours=1)
"""Maximum time by which a payment may be dated before the start of its period."""


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
    """Return the review reason of captured money that gives no access automatically. Return None if the money counts.

    A first payment must match amount, currency and order. A later charge of a known subscription must match the
    subscription and the currency. The provider charges the price agreed for that subscription, so any amount, including
    0, pays its period.

    subscription: subscription that the money belongs to; None if there is none yet
    live: the customer's live subscription to this plan
    amount: amount requested by the checkout; None for the order's price
    went_over: True if `live` was switched from another plan
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
    if subscription.is_replaced:
        # The customer paid by another method after this charge had failed.
        return FlagReason.SECOND_CAPTURE
    if subscription.status is SubscriptionStatus.EXPIRED:
        return FlagReason.SUBSCRIPTION_OVER
    return FlagReason.SECOND_CAPTURE if live is not None and live.id != subscription.id else None


def renews_by(capabilities: Collection[Capability], *, is_recurring: bool) -> bool:
    """Return True if the purchase renews automatically. `is_recurring`: True if the plan or order is recurring. A
    provider that cannot charge automatically sells a recurring plan period by period.
    """
    return is_recurring and Capability.RECURRING in capabilities


def extendable(live: Subscription, *, renews: bool) -> bool:
    """Return True if more time may be bought for a subscription. `renews`: the new purchase renews automatically.

    Only time without a provider can be extended, because a provider's period has a fixed end. A renewing purchase may
    begin only on granted time, which then becomes part of the provider's subscription. On prepaid time, the customer
    would be charged twice. After a failed charge, any purchase may take the place of the provider's subscription, whose
    billing is stopped then.
    """
    if live.is_owed:
        return True
    free_to = not renews or live.provider is None
    return free_to and live.provider_ref is None and live.status is SubscriptionStatus.ACTIVE


def has_all(live: Subscription, plan: ServicePlan, zone: tzinfo) -> bool:
    """Return True if no more of the plan can be bought, because the customer has the plan for life or until the plan's
    last day in the time zone.
    """
    live_end = live.access_until
    return live.for_life or (
        plan.ends_on is not None and live_end is not None and live_end.astimezone(zone).date() >= plan.ends_on
    )


def renewable(live: Subscription, plan: ServicePlan | None, zone: tzinfo) -> bool:
    """Return True if the customer is offered more time: the subscription is not renewed by a provider or its charge
    failed, and the plan is for sale, costs money, can be bought again, and does not already last for life or until its
    last day.

    `zone`: time zone in which a last day ends.
    """
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
    """Return True if an order adds time to the customer's live subscription, because the order was made while that
    subscription was already running.

    renews: the payment renews automatically
    went_over: the live subscription was switched from another plan, so none of its orders was for this plan

    An order that was already open when another order was paid is a duplicate. Nothing is added to a subscription for
    life.
    """
    if live is None or live.for_life or not extendable(live, renews=renews):
        return False
    if order.ends_at is not None and live.access_until is not None and live.access_until >= order.ends_at:
        return False
    return live.order_id is None or (live.order_id != order.id and (went_over or order.created_at > live.created_at))


def _first_fits(event: PaymentEvent, asked_amount: Money) -> bool:
    """Return True if a first payment matches the requested amount. A payment that the provider reduced does not match,
    because the reduction was not agreed.
    """
    paid_amount = event.amount if event.reduction is not None else event.regular or event.amount
    return paid_amount == asked_amount


def is_agreed_charge(event: PaymentEvent, subscription: Subscription, earlier: Collection[Money]) -> bool:
    """Return True if a charge of a known subscription was agreed: the charge is the subscription's price, or the
    difference of a plan change. If the provider charged less and counts the period as paid, the period's regular price
    is compared.

    `earlier`: prices before plan or price changes, for payments reported late
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
    """Return the overpaid amount. Return None if nothing was overpaid."""
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
    """Return True if the event, the subscription or the provider's snapshot shows that the money belongs to another
    customer or order.
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
    """Return the start and length of the time that a payment buys. Return None until the provider reports the period.

    A provider that manages the subscription determines the period. Other time lasts for the order's days or interval
    and begins with the payment, but not before `had_until`, at which the customer's last earlier subscription to the
    plan ended or changed plans. Months and years count from the start of the period, which is the end of the time that
    is extended; after a gap, earlier periods do not matter. The difference for a plan change adds no time.

    In the grace period after a failed charge, the time begins where that charge's period does. If it would be over by
    now, it begins with the payment.

    calendar: the shop's calendar, with the starts of the earlier periods of `subscription`, which the payment extends
    """
    if event.reason == PLAN_CHANGE:
        return event.occurred_at, timedelta()
    periods = period_of(event, snapshot)
    if periods is not None:
        return periods
    start = event.occurred_at if had_until is None else max(event.occurred_at, had_until)
    unpaid_from = _unpaid_from(subscription) if subscription is not None else None
    if unpaid_from is not None and unpaid_from < start:
        time = _time_from(unpaid_from, event, order, subscription, calendar)
        if time is None or max(unpaid_from, _end_of(subscription) or unpaid_from) + time[1] > start:
            return time
    return _time_from(start, event, order, subscription, calendar)


def _time_from(
    start: datetime, event: PaymentEvent, order: Order, subscription: Subscription | None, calendar: Calendar
) -> Time | None:
    if not order.recurring and order.duration_days is not None:
        return start, timedelta(days=order.duration_days)
    if event.subscription_ref is None and order.recurring and order.interval is not None:
        end = _end_of(subscription)
        begin = max(start, end or start)
        calendar = calendar if begin == end else replace(calendar, starts=())
        return start, calendar.length(begin, order.interval, order.interval_count)
    return None


def _unpaid_from(subscription: Subscription) -> datetime | None:
    """Return the start of the period whose charge failed, while the customer has access by the grace period. Return
    None without grace. Some providers report the last paid period until the charge succeeds.
    """
    end, owed_since = subscription.access_until, subscription.owed_since
    if end is None or owed_since is None or subscription.status is not SubscriptionStatus.PAST_DUE:
        return None
    start, period_end = subscription.current_period_start, subscription.current_period_end
    failed_from = period_end if period_end is not None and period_end <= owed_since else start
    return min(end, failed_from or end)


def until_its_end(time: Time, order: Order, subscription: Subscription | None) -> Time:
    """Limit the time to the order's end, if it has one. `subscription`: subscription that the time is added to."""
    start, length = time
    if order.ends_at is None:
        return time
    return start, max(min(length, order.ends_at - max(start, _end_of(subscription) or start)), timedelta())


def _end_of(live_subscription: Subscription | None) -> datetime | None:
    return live_subscription.access_until if live_subscription is not None else None


def has_deduction(event: PaymentEvent) -> bool:
    """Return True if the charge of a subscription is less than its regular price minus the known reductions."""
    if event.subscription_ref is None or event.amount is None or event.regular is None:
        return False
    charged = event.amount if event.reduction is None else event.amount + event.reduction
    return charged.currency == event.regular.currency and charged < event.regular


def credited_period(time: Time, entries: Iterable[LedgerEntry]) -> LedgerEntry | None:
    """Return the ledger entry of the provider's earlier period whose unused time was deducted from a charge (see
    `has_deduction`). Return None if no earlier period overlaps.

    A seller who moves a subscriber to a price with another billing period begins a new period before the earlier one is
    over. `time`: period that the charge pays for.
    """
    start, length = time
    overlapping = [
        each
        for each in entries
        if each.kind is LedgerKind.PAYMENT and each.payment_id is not None
        if each.starts_at < start and each.starts_at + each.length > start + _OVERLAP
    ]
    return max(overlapping, key=lambda each: each.starts_at, default=None) if length else None


def period_of(event: PaymentEvent, snapshot: SubscriptionSnapshot | None) -> Time | None:
    """Return the provider's period of an event: the event's own, or the current one if the event falls into it. Return
    None otherwise.

    An event that is reported months late does not concern the current period.
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
    """Return the time given by an activation without money: a trial, a period of a free plan, or a renewal that its
    provider charged at 0. Return None if no time is given.

    `is_known`: the activation concerns a recorded subscription
    """
    periods = period_of(event, snapshot)
    is_free_renewal = is_known and event.is_renewal and event.amount is not None and event.amount.minor == 0
    if periods is not None and (order.price.minor == 0 or is_free_renewal):
        return LedgerKind.FREE_PERIOD, periods
    if order.trial_days > 0 and not event.is_renewal:
        return LedgerKind.TRIAL, periods or (event.occurred_at, timedelta(days=order.trial_days))
    return None


def _time(start: datetime | None, end: datetime | None) -> Time | None:
    return (start, end - start) if start is not None and end is not None and end > start else None
