"""Policy that decides which plan a subscription may change to, and when the change takes effect."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money

QUOTE_HOLDS_S: Final = 15 * 60
"""Time for which a quoted price of a change can be confirmed, in seconds."""


class ChangeMoment(StrEnum):
    """Time at which a plan change takes effect.

    now: the difference for the rest of the period is charged at once
    renewal: nothing is charged before the next charge
    """

    NOW = "now"
    RENEWAL = "renewal"


def holds(as_of: datetime, now: datetime) -> bool:
    """Return True if a quote made at `as_of` can still be confirmed."""
    return now - timedelta(seconds=QUOTE_HOLDS_S) <= as_of <= now


def may_change(subscription: Subscription) -> bool:
    """Return True if the plan may be changed: the subscription is active, paid, and billed by its provider.

    The plan cannot be changed during a skipped month or while a charge is postponed, because the difference could not
    be charged until then. Nor can it be changed if the provider currently charges nothing or has an end date set,
    because a scheduled switch would undo that.
    """
    runs = subscription.status is SubscriptionStatus.ACTIVE and subscription.renews
    settled = (subscription.pause_until, subscription.charge_moved_to, subscription.cancel_at)
    on_its_day = subscription.next_charge is not None and all(each is None for each in settled)
    return runs and on_its_day and subscription.current_period_end is not None


def plan_as_bought(subscription: Subscription, plan: ServicePlan) -> ServicePlan | None:
    """Return the plan with the subscription's price and period. Return None if the subscription does not renew."""
    interval, count = subscription.period(plan)
    if interval is None:
        return None
    return replace(
        plan, price=subscription.price, recurring=True, interval=interval, interval_count=count, ends_on=None
    )


def fits(current: ServicePlan, target: ServicePlan, own: Collection[str]) -> bool:
    """Return True if one plan can replace the other: they have the same currency and period, both are recurring, and
    both or neither include a resource created per customer. `own`: slugs of such resources.
    """
    same_period = (current.interval, current.interval_count) == (target.interval, target.interval_count)
    return (
        current.id != target.id
        and current.recurring
        and target.recurring
        and same_period
        and set(own).isdisjoint(current.opens) is set(own).isdisjoint(target.opens)
        and current.price.currency == target.price.currency
    )


def moment_of(amount: Money, target: ServicePlan, *, changed_before: bool = False) -> ChangeMoment:
    """Return when a change takes effect: now for a more expensive plan, at the renewal for a cheaper one.

    A change to a plan of the same price takes effect now, but only once per period, so that a customer cannot alternate
    between plans for the price of one.

    amount: current price per period
    changed_before: True if the plan was already changed within this period
    """
    if target.price == amount:
        return ChangeMoment.RENEWAL if changed_before else ChangeMoment.NOW
    return ChangeMoment.RENEWAL if target.price < amount else ChangeMoment.NOW


def changed_within(changes: Iterable[PlanChange], start: datetime | None) -> bool:
    """Return True if the subscription changed its plan since its current period began. `start`: beginning of that
    period; None to consider all changes.
    """
    change_times = (change.changed_at for change in changes if change.from_plan_id != change.to_plan_id)
    return any(start is None or at >= start for at in change_times)


def costs_less(price: Money, days: int, current: Money, current_days: int) -> bool:
    """Return True if a day at `price` for `days` costs less than a day at the current price. Return False for different
    currencies.
    """
    return price.currency == current.currency and price.minor * current_days < current.minor * days


def is_known_price(amount: Money, price: Money, earlier: Iterable[Money]) -> bool:
    """Return True if the amount is the subscription's price or one of its earlier prices."""
    return amount == price or amount in set(earlier)


def is_difference(amount: Money, price: Money, earlier: Iterable[Money]) -> bool:
    """Return True if the amount can be the difference of a change: at most a full period of the most expensive plan
    that the subscription had.
    """
    return any(item.currency == amount.currency and amount.minor <= item.minor for item in (price, *earlier))


def plan_at(changes: Sequence[PlanChange], moment: datetime, plan_id: PlanId) -> PlanId:
    """Return the plan of a subscription at a timestamp.

    changes: all changes of the subscription, oldest first
    plan_id: first plan of the subscription; used if there are no changes
    """
    earlier_changes = [change for change in changes if change.changed_at <= moment]
    if earlier_changes:
        return earlier_changes[-1].to_plan_id
    return changes[0].from_plan_id if changes else plan_id


def went_over(subscription: Subscription, changes: Sequence[PlanChange]) -> bool:
    """Return True if the subscription was switched from another plan. `changes`: all changes of the subscription,
    oldest first.
    """
    return bool(changes) and changes[0].from_plan_id != subscription.plan_id
