"""Which plan a subscription may be changed to, and when such a change takes effect."""

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
"""How long the price of a change that was shown may be confirmed, in seconds."""


class ChangeMoment(StrEnum):
    """now: the difference for the rest of the period is charged at once · renewal: nothing before the next charge."""

    NOW = "now"
    RENEWAL = "renewal"


def holds(as_of: datetime, now: datetime) -> bool:
    """Whether what was shown for that moment may be confirmed still."""
    return now - timedelta(seconds=QUOTE_HOLDS_S) <= as_of <= now


def may_change(subscription: Subscription) -> bool:
    """Whether its plan may be changed at all: it runs, is paid for, and will be charged again by its provider. Not with
    a month to be left out, or a charge put off: nothing is charged until that is over, no difference either. Nor where
    the provider charges nothing for now, or has an end noted: settling another plan for the renewal would undo that.
    """
    runs = subscription.status is SubscriptionStatus.ACTIVE and subscription.renews
    settled = (subscription.pause_until, subscription.charge_moved_to, subscription.cancel_at)
    on_its_day = subscription.next_charge is not None and all(each is None for each in settled)
    return runs and on_its_day and subscription.current_period_end is not None


def plan_as_bought(subscription: Subscription, plan: ServicePlan) -> ServicePlan | None:
    """Return the plan as the subscription has it, by its price and period; None where it does not renew."""
    interval, count = subscription.period(plan)
    if interval is None:
        return None
    return replace(
        plan, price=subscription.price, recurring=True, interval=interval, interval_count=count, ends_on=None
    )


def fits(current: ServicePlan, target: ServicePlan, own: Collection[str]) -> bool:
    """Whether one can take the place of the other: the same currency and period, both renewing, and both open something
    that is made for each customer alone, or neither does. own: names of the resources that are.
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
    """A dearer plan begins now, a cheaper one at the renewal, when it costs less. One of the same price begins now too,
    but only once in a period: who could go back and forth for nothing would have all plans for the price of one.

    amount: what the subscription costs each period now. changed_before: it went over to another plan in this period.
    """
    if target.price == amount:
        return ChangeMoment.RENEWAL if changed_before else ChangeMoment.NOW
    return ChangeMoment.RENEWAL if target.price < amount else ChangeMoment.NOW


def changed_within(changes: Iterable[PlanChange], start: datetime | None) -> bool:
    """Whether a subscription went over to another plan since its present period began."""
    change_times = (change.changed_at for change in changes if change.from_plan_id != change.to_plan_id)
    return any(start is None or at >= start for at in change_times)


def is_known_price(amount: Money, price: Money, earlier: Iterable[Money]) -> bool:
    """Whether a period's charge is what the subscription costs, or cost before its plan or price changed."""
    return amount == price or amount in set(earlier)


def is_difference(amount: Money, price: Money, earlier: Iterable[Money]) -> bool:
    """Whether a charge can be the difference of a change: never more than a whole period of the dearest plan it had."""
    return any(item.currency == amount.currency and amount.minor <= item.minor for item in (price, *earlier))


def plan_at(changes: Sequence[PlanChange], moment: datetime, plan_id: PlanId) -> PlanId:
    """The plan that a subscription was for at a moment. changes: all of its own, the first one first. plan_id: the one
    it began with, where none of them tells."""
    earlier_changes = [change for change in changes if change.changed_at <= moment]
    if earlier_changes:
        return earlier_changes[-1].to_plan_id
    return changes[0].from_plan_id if changes else plan_id


def went_over(subscription: Subscription, changes: Sequence[PlanChange]) -> bool:
    """Whether it began with another plan than it is for now. changes: all of its own, the first one first."""
    return bool(changes) and changes[0].from_plan_id != subscription.plan_id
