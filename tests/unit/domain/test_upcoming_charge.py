"""Check that the provider's report of the next charge is stored with the subscription and has precedence over Umbral's
own calculation.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.ids import CustomerId, PlanId, SubscriptionId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.services import pause_policy, plan_change_policy, provider_sync, reminder_policy
from subscriptions.domain.services.zones import HOME
from tests.fakes import samples

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
END = NOON + 30 * DAY
GRACE = 5 * DAY
PRICE = Money(2999, "EUR")


@pytest.fixture
def subscription() -> Subscription:
    return Subscription(
        id=SubscriptionId(new_uuid()),
        customer_id=CustomerId(new_uuid()),
        plan_id=PlanId(new_uuid()),
        order_id=None,
        status=SubscriptionStatus.ACTIVE,
        provider="somewhere",
        provider_ref="ref",
        price=PRICE,
        current_period_start=NOON,
        current_period_end=END,
        access_until=END,
        created_at=NOON,
    )


def said(at: datetime | None = END, amount: Money | None = PRICE) -> UpcomingCharge:
    return UpcomingCharge(at=at, amount=amount, learned_at=NOON)


def snapshot(**changes: Any) -> SubscriptionSnapshot:
    known = SubscriptionSnapshot(
        ref="ref",
        status=ProviderStatus.ACTIVE,
        raw_status="active",
        current_period_start=NOON,
        current_period_end=END,
        cancel_at_period_end=False,
        fetched_at=NOON + DAY,
    )
    return replace(known, **changes)


def planned(subscription: Subscription) -> list[MessageKind]:
    return [each.kind for each in reminder_policy.reminders(subscription, GRACE, HOME)]


def test_next_charge_in_the_snapshot_is_stored(subscription: Subscription) -> None:
    provider_sync.sync_from_provider(subscription, snapshot(upcoming=said(END - DAY, Money(5998, "EUR"))), NOON + DAY)
    assert subscription.next_charge == END - DAY
    assert subscription.upcoming == said(END - DAY, Money(5998, "EUR"))


def test_next_charge_not_reported_by_the_provider_is_the_end_of_the_period(subscription: Subscription) -> None:
    provider_sync.sync_from_provider(subscription, snapshot(), NOON + DAY)
    assert (subscription.upcoming, subscription.next_charge) == (None, END)


def test_reported_charge_is_dropped_at_the_end_of_its_period(subscription: Subscription) -> None:
    subscription.learn(said(amount=Money(1499, "EUR")))
    later = snapshot(current_period_start=END, current_period_end=END + 30 * DAY, fetched_at=END)
    provider_sync.sync_from_provider(subscription, later, END)
    assert (subscription.upcoming, subscription.next_charge) == (None, END + 30 * DAY)


def test_reported_charge_survives_a_snapshot_without_a_charge(subscription: Subscription) -> None:
    subscription.learn(said(amount=Money(1499, "EUR")))
    provider_sync.sync_from_provider(subscription, snapshot(), NOON + DAY)
    assert subscription.upcoming == said(amount=Money(1499, "EUR"))


def test_subscription_without_an_upcoming_charge_has_no_notice_of_a_charge(subscription: Subscription) -> None:
    subscription.learn(said(None, None))
    assert subscription.next_charge is None
    assert set(planned(subscription)) == {MessageKind.ENDING_SOON}


def test_notice_is_planned_once_a_charge_is_reported_again(subscription: Subscription) -> None:
    subscription.learn(said(None, None))
    subscription.next_reminder_at = END + 900 * DAY
    subscription.learn(said())
    assert planned(subscription) == [MessageKind.RENEWAL_COMING]
    assert subscription.next_reminder_at is None


def test_changed_amount_requires_another_notice(subscription: Subscription) -> None:
    keys = set[str]()
    for upcoming in (None, said(), said(amount=None), said(amount=Money(0, "EUR")), said(amount=Money(5998, "EUR"))):
        subscription.learn(upcoming)
        keys.update(each.key for each in reminder_policy.reminders(subscription, GRACE, HOME))
    assert len(keys) == 3, "our price, nothing and twice the price"


@pytest.mark.parametrize("at", [END + DAY, END + 70 * DAY])
def test_subscription_with_a_later_end_date_renews_until_that_date(subscription: Subscription, at: datetime) -> None:
    provider_sync.sync_from_provider(subscription, snapshot(cancel_at=at), NOON + DAY)
    assert (subscription.status, subscription.cancel_at) == (SubscriptionStatus.ACTIVE, at)
    assert subscription.renews
    assert subscription.undoable(NOON + DAY)
    assert planned(subscription) == [MessageKind.RENEWAL_COMING]


@pytest.mark.parametrize("at", [END, END - DAY])
def test_end_date_within_the_current_period_counts_as_cancellation(subscription: Subscription, at: datetime) -> None:
    provider_sync.sync_from_provider(subscription, snapshot(cancel_at=at), NOON + DAY)
    assert (subscription.status, subscription.cancel_at) == (SubscriptionStatus.CANCELED, None)


def test_subscription_in_its_last_period_before_a_later_end_date_is_canceled(subscription: Subscription) -> None:
    at = END + 30 * DAY
    provider_sync.sync_from_provider(subscription, snapshot(cancel_at=at), NOON + DAY)
    last = snapshot(cancel_at=at, current_period_start=END, current_period_end=at, fetched_at=END + DAY)
    provider_sync.sync_from_provider(subscription, last, END + DAY)
    assert subscription.status is SubscriptionStatus.CANCELED
    assert subscription.undoable(END + DAY)


def test_withdrawn_end_date_is_removed(subscription: Subscription) -> None:
    provider_sync.sync_from_provider(subscription, snapshot(cancel_at=END + DAY), NOON + DAY)
    provider_sync.sync_from_provider(subscription, snapshot(fetched_at=NOON + 2 * DAY), NOON + 2 * DAY)
    assert (subscription.cancel_at, subscription.undoable(NOON + 2 * DAY)) == (None, False)


@pytest.mark.parametrize("changes", [{"cancel_at": END + 30 * DAY}, {"upcoming_learned_at": NOON}])
def test_subscription_without_an_upcoming_charge_cannot_change_plan_or_be_paused(
    subscription: Subscription, changes: dict[str, Any]
) -> None:
    subscription.interval, subscription.interval_count = Interval.MONTH, 1
    plan = samples.plan()
    assert plan_change_policy.may_change(subscription)
    assert pause_policy.pausable(subscription, plan)
    other = replace(subscription, **changes)
    assert not plan_change_policy.may_change(other)
    assert not pause_policy.pausable(other, plan)


@pytest.mark.parametrize(("minor", "takes"), [(None, True), (0, False), (1, True)])
def test_free_renewal_charges_nothing(subscription: Subscription, minor: int | None, takes: bool) -> None:
    subscription.learn(said(amount=None if minor is None else Money(minor, "EUR")))
    assert subscription.takes_money is takes


@pytest.mark.parametrize("flag", [True, False])
def test_period_end_cancellation_is_recognized_without_a_date(flag: bool) -> None:
    assert snapshot(cancel_at_period_end=flag).ends_with_period is flag
