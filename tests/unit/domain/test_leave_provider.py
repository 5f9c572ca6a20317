"""Check what a subscription keeps, and what the provider's ended subscription keeps, if another payment takes the place
of a failed charge.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.subscription import BAN, PROVIDER, Subscription, SubscriptionStatus
from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.events import BillingToStop, PlanSwitchDropped, SubscriptionExpired, SubscriptionResumed
from subscriptions.domain.money import Money
from tests.fakes import samples
from tests.fakes.samples import NOON

PLAN, DAY = samples.plan(), timedelta(days=1)
PRICE = Money(2999, "EUR")
KEPT = {
    "id",
    "customer_id",
    "plan_id",
    "order_id",
    "provider",
    "price",
    "access_until",
    "interval",
    "interval_count",
    "created_at",
    "events",
    "status",
}
"""Facts of the customer's own subscription. The purchase replaces order, provider, price and period."""


def owing(**more) -> Subscription:
    """Return a subscription whose renewal at noon failed, with all facts that a provider reports."""
    known = samples.subscription(samples.order(samples.customer(), PLAN), status=SubscriptionStatus.PAST_DUE)
    known = replace(
        known,
        provider="acme",
        provider_ref="sub-1",
        price_ref="price-1",
        current_period_start=NOON,
        current_period_end=NOON + 30 * DAY,
        access_until=NOON,
        owed_since=NOON,
        owed_amount=PRICE,
        synced_at=NOON,
        next_ask_at=NOON,
        next_check_at=NOON,
        next_reminder_at=NOON,
        paused_seen_at=NOON - DAY,
        charging_since=NOON,
        charge_moved_to=NOON,
        cancel_at=NOON + 90 * DAY,
        next_plan_id=samples.plan().id,
        next_plan_at=NOON,
        next_price=PRICE,
        billed_plan_id=samples.plan().id,
        interval=Interval.MONTH,
        interval_count=1,
    )
    known.learn(UpcomingCharge(at=NOON + DAY, amount=PRICE, learned_at=NOON))
    known.events.drain()
    return replace(known, **more)


def test_facts_of_the_provider_do_not_stay_with_the_customer() -> None:
    known = owing()
    known.leave_provider(NOON + DAY)
    plain = replace(samples.subscription(samples.order(samples.customer(), PLAN)), status=SubscriptionStatus.ACTIVE)
    empty = Subscription.give(known.customer_id, PLAN.id, PRICE, NOON)
    assert plain.status is known.status
    left = {each.name for each in fields(known) if getattr(known, each.name) != getattr(empty, each.name)}
    assert left <= KEPT, left - KEPT
    assert (known.renews, known.is_owed, known.access_until) == (False, False, NOON)


def test_provider_subscription_is_kept_as_an_ended_one_whose_billing_stops() -> None:
    known = owing()
    former = known.leave_provider(NOON + DAY)
    assert former.id != known.id
    assert (former.provider, former.provider_ref, former.order_id) == ("acme", "sub-1", known.order_id)
    assert (former.status, former.is_replaced, former.live) == (SubscriptionStatus.EXPIRED, True, False)
    assert (former.access_until, former.ended_at, former.billing_stopped_at) == (None, NOON + DAY, NOON + DAY)
    assert former.created_at < known.created_at
    assert [type(event) for event in former.events.drain()] == [BillingToStop]
    events = {type(event) for event in known.events.drain()}
    assert PlanSwitchDropped in events
    assert SubscriptionExpired not in events


def test_skipped_month_ends_and_a_cancellation_is_undone() -> None:
    paused = owing(
        status=SubscriptionStatus.PAUSED, paused_for=frozenset({PROVIDER}), pause_until=NOON, access_until=NOON - DAY
    )
    assert paused.is_owed
    paused.leave_provider(NOON + DAY)
    assert (paused.status, paused.is_paused, paused.pause_until) == (SubscriptionStatus.ACTIVE, False, None)
    assert SubscriptionResumed in {type(event) for event in paused.events.drain()}
    canceled = owing(
        status=SubscriptionStatus.CANCELED,
        cancel_at_period_end=True,
        canceled_at=NOON,
        cancel_reason="price",
        canceled_from=SubscriptionStatus.PAST_DUE,
    )
    assert canceled.is_owed
    canceled.leave_provider(NOON + DAY)
    assert canceled.status is SubscriptionStatus.ACTIVE
    assert (canceled.cancel_at_period_end, canceled.canceled_at, canceled.cancel_reason) == (False, None, None)


@pytest.mark.parametrize(
    "facts",
    [
        {"owed_since": None},
        {"provider_ref": None},
        {"status": SubscriptionStatus.PAUSED, "paused_for": frozenset({BAN}), "pause_until": NOON},
        {"status": SubscriptionStatus.PAUSED, "paused_for": frozenset({PROVIDER})},
        {"status": SubscriptionStatus.PAUSED, "paused_for": frozenset({PROVIDER}), "pause_until": NOON + DAY},
        {"status": SubscriptionStatus.ACTIVE},
        {"status": SubscriptionStatus.EXPIRED},
    ],
    ids=["paid", "no provider", "banned", "paused by the seller", "month still skipped", "active", "ended"],
)
def test_only_a_failed_charge_that_nothing_else_delays_can_be_replaced(facts) -> None:
    assert owing().is_owed
    assert not owing(**facts).is_owed
