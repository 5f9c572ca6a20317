"""Check that each kind of reminder is scheduled for its time, never at night, and never repeated."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.ids import CustomerId, PlanId, SubscriptionId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.services import notice_policy
from subscriptions.domain.services import reminder_policy as policy
from subscriptions.domain.services.zones import HOME, Zones

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
GRACE = timedelta(days=5)


def subscription(
    status: SubscriptionStatus, *, days: int = 30, provider: bool = True, start: datetime = NOON
) -> Subscription:
    end = start + timedelta(days=days)
    return Subscription(
        id=SubscriptionId(new_uuid()),
        customer_id=CustomerId(new_uuid()),
        plan_id=PlanId(new_uuid()),
        order_id=None,
        status=status,
        provider="somewhere" if provider else None,
        provider_ref="ref" if provider else None,
        price=Money(2999, "EUR"),
        current_period_start=start,
        current_period_end=end,
        access_until=end,
        created_at=start,
    )


def test_skipped_month_has_one_renewal_notice() -> None:
    for status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED):
        item = subscription(status)
        item.pause_until = NOON + 60 * DAY
        planned = policy.reminders(item, GRACE, HOME)
        assert [(each.kind, each.due_at) for each in planned] == [("renewal_coming", NOON + 45 * DAY)]


def leads(item: Subscription) -> list[tuple[str, timedelta]]:
    assert item.access_until is not None
    return [(r.kind, item.access_until - r.due_at) for r in policy.reminders(item, GRACE, HOME)]


DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ROWS = {
    "renewing": (subscription(SubscriptionStatus.ACTIVE), [("renewal_coming", 15 * DAY)]),
    "renewing weekly": (subscription(SubscriptionStatus.ACTIVE, days=7), [("renewal_coming", 3 * DAY)]),
    "renewing yearly": (subscription(SubscriptionStatus.ACTIVE, days=365), [("renewal_coming", 15 * DAY)]),
    "renewing daily": (subscription(SubscriptionStatus.ACTIVE, days=1), []),
    "canceled": (
        subscription(SubscriptionStatus.CANCELED),
        [("ending_soon", 3 * DAY), ("ending_soon", DAY), ("ending_soon", 3 * HOUR)],
    ),
    "canceled with a long period": (
        subscription(SubscriptionStatus.CANCELED, days=90),
        [("ending_soon", 7 * DAY), ("ending_soon", 3 * DAY), ("ending_soon", DAY), ("ending_soon", 3 * HOUR)],
    ),
    "bought once": (
        subscription(SubscriptionStatus.ACTIVE, provider=False),
        [("ending_soon", 3 * DAY), ("ending_soon", DAY), ("ending_soon", 3 * HOUR)],
    ),
    "trial": (subscription(SubscriptionStatus.TRIALING, days=14), [("trial_ending", 3 * DAY)]),
    "a month's trial": (subscription(SubscriptionStatus.TRIALING, days=30), [("trial_ending", 15 * DAY)]),
    "a week's trial": (subscription(SubscriptionStatus.TRIALING, days=7), [("trial_ending", 3 * DAY)]),
    "short trial": (subscription(SubscriptionStatus.TRIALING, days=3), [("trial_ending", DAY)]),
    "past due": (
        subscription(SubscriptionStatus.PAST_DUE),
        [("dunning", -2 * DAY), ("dunning", -(5 * DAY - 12 * HOUR))],
    ),
    "paused": (subscription(SubscriptionStatus.PAUSED), []),
    "incomplete": (subscription(SubscriptionStatus.INCOMPLETE), []),
}


@pytest.mark.parametrize(("item", "expected"), ROWS.values(), ids=ROWS.keys())
def test_reminders_are_planned_by_subscription_status_and_period_length(item, expected):
    assert leads(item) == expected


def test_end_of_access_is_announced_while_the_seller_paused_the_charges() -> None:
    item = subscription(SubscriptionStatus.ACTIVE)
    item.learn(UpcomingCharge(at=None, learned_at=NOON))
    assert leads(item) == [("ending_soon", 3 * DAY), ("ending_soon", DAY), ("ending_soon", 3 * HOUR)]


def test_failed_charge_that_is_no_longer_collected_has_no_reminder() -> None:
    item = subscription(SubscriptionStatus.PAST_DUE)
    item.stop_billing(NOON)
    assert leads(item) == []


def test_win_back_messages_are_planned_at_the_configured_delays_after_the_end():
    item = subscription(SubscriptionStatus.EXPIRED)
    item.ended_at, item.end_reason = NOON, "period_over"
    assert [r.due_at - NOON for r in policy.reminders(item, GRACE, HOME, (7 * DAY, DAY))] == [DAY, 7 * DAY]
    assert not policy.reminders(item, GRACE, HOME)


def test_refunded_customer_gets_no_win_back_message():
    item = subscription(SubscriptionStatus.EXPIRED)
    item.ended_at, item.end_reason = NOON, "refunded"
    assert not policy.reminders(item, GRACE, HOME, (DAY,))


def test_reminder_at_night_waits_for_the_morning():
    item = subscription(SubscriptionStatus.CANCELED, start=datetime(2026, 3, 1, 2, tzinfo=UTC))
    assert policy.reminders(item, GRACE, HOME)[0].due_at.astimezone(HOME).hour == 9


@given(
    start=st.integers(0, 730 * 24).map(lambda hours: NOON + hours * HOUR),
    days=st.integers(28, 400),
    notice=st.integers(3, 27),
)
def test_charge_notice_is_never_late_and_never_at_night(start: datetime, days: int, notice: int) -> None:
    item = subscription(SubscriptionStatus.ACTIVE, days=days, start=start)
    (reminder,) = policy.reminders(item, GRACE, HOME, notice=notice * DAY)
    assert item.next_charge is not None
    assert notice * DAY <= item.next_charge - reminder.due_at < (notice + 1) * DAY
    assert policy.MORNING <= reminder.due_at.astimezone(HOME).time() < policy.NIGHT


def test_changed_notice_period_setting_does_not_repeat_a_charge_notice() -> None:
    item = subscription(SubscriptionStatus.ACTIVE)
    keys = {policy.reminders(item, GRACE, HOME, notice=days * DAY)[0].key for days in (3, 7, 15)}
    assert len(keys) == 1


def test_charge_notice_is_repeated_after_a_price_or_plan_change() -> None:
    item = subscription(SubscriptionStatus.ACTIVE)
    keys = {policy.reminders(item, GRACE, HOME)[0].key}
    item.price = Money(3999, "EUR")
    keys.add(policy.reminders(item, GRACE, HOME)[0].key)
    item.next_plan_id = PlanId(new_uuid())
    keys.add(policy.reminders(item, GRACE, HOME)[0].key)
    assert len(keys) == 3


def test_missed_charge_notice_is_sent_until_the_charge() -> None:
    item = subscription(SubscriptionStatus.ACTIVE)
    (reminder,) = policy.reminders(item, GRACE, HOME)
    assert item.next_charge is not None
    assert not policy.is_stale(item, reminder, item.next_charge - HOUR)
    assert policy.is_stale(item, reminder, item.next_charge)


@pytest.mark.parametrize(
    ("interval", "count", "monthly"),
    [
        ("day", 27, False),
        ("day", 28, True),
        ("week", 3, False),
        ("week", 4, True),
        ("month", 1, True),
        ("year", 1, True),
    ],
)
def test_interval_is_treated_as_monthly_from_28_days(interval: str, count: int, monthly: bool) -> None:
    item = subscription(SubscriptionStatus.ACTIVE, days=1)
    item.interval, item.interval_count = Interval(interval), count
    assert notice_policy.is_monthly(item) is monthly


def test_reminder_that_quiet_hours_would_postpone_beyond_the_end_of_access_is_dropped():
    # The end is at 05:00 in Madrid: three hours before the end it is night, and the next morning is too late.
    item = subscription(SubscriptionStatus.CANCELED, start=datetime(2026, 3, 1, 3, tzinfo=UTC))
    assert [kind for kind, _ in leads(item)] == ["ending_soon", "ending_soon"]


def test_only_the_latest_overdue_reminder_is_sent():
    item = subscription(SubscriptionStatus.CANCELED)
    planned = policy.reminders(item, GRACE, HOME)
    assert policy.due(planned, NOON + timedelta(days=29, hours=22)) == planned[-1]


CANCELED_BEFORE_THE_END = {
    "five days": (5 * DAY, [3 * DAY, DAY, 3 * HOUR]),
    "two days and a half": (60 * HOUR, [DAY, 3 * HOUR]),
    "a little more than a day": (26 * HOUR, [DAY, 3 * HOUR]),
    "a little less than a day": (23 * HOUR, [3 * HOUR]),
    "an hour": (HOUR, []),
}


@pytest.mark.parametrize(("left", "expected"), CANCELED_BEFORE_THE_END.values(), ids=CANCELED_BEFORE_THE_END.keys())
def test_late_cancellation_preserves_the_remaining_reminders(left: timedelta, expected: list[timedelta]) -> None:
    item = subscription(SubscriptionStatus.ACTIVE)
    assert item.access_until is not None
    item.cancel(now=item.access_until - left)
    assert leads(item) == [("ending_soon", lead) for lead in expected]
    assert policy.due(policy.reminders(item, GRACE, HOME), item.access_until - left) is None


def test_late_failure_event_moves_the_reminders_with_the_grace_period() -> None:
    item = subscription(SubscriptionStatus.ACTIVE)
    assert item.access_until is not None
    item.fail_payment(final=False, now=item.access_until + 3 * DAY)
    assert leads(item) == [("dunning", -(3 * DAY + 2 * DAY)), ("dunning", -(3 * DAY + 5 * DAY - 12 * HOUR))]


@pytest.mark.parametrize("late", [18 * HOUR, DAY / 2], ids=["after the reminder", "at the reminder"])
def test_failure_event_of_the_same_day_skips_the_overdue_reminder(late: timedelta) -> None:
    item = subscription(SubscriptionStatus.ACTIVE)
    assert item.access_until is not None
    item.fail_payment(final=False, now=item.access_until + late)
    assert policy.reminders(item, DAY, HOME) == []


def test_late_reminder_is_dropped_before_the_next_reminder() -> None:
    item = subscription(SubscriptionStatus.CANCELED)
    assert item.access_until is not None
    planned = policy.reminders(item, GRACE, HOME)
    assert policy.due(planned, item.access_until - 2 * DAY - 2 * HOUR) == planned[0]
    assert policy.due(planned, item.access_until - DAY - 2 * HOUR) is None


@given(
    st.sampled_from(SubscriptionStatus),
    st.integers(1, 400),
    st.integers(0, 730 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes)),
)
def test_reminders_are_sorted_unique_and_not_at_night(status, days, start):
    item = subscription(status, days=days, start=start)
    item.ended_at, item.end_reason = start, "period_over"
    planned = policy.reminders(item, GRACE, HOME, (DAY, 7 * DAY))
    assert [r.due_at for r in planned] == sorted(r.due_at for r in planned)
    assert len({r.key for r in planned}) == len(planned)
    for reminder in planned:
        local = reminder.due_at.astimezone(HOME).time()
        assert reminder.kind is MessageKind.DUNNING or policy.MORNING <= local < policy.NIGHT


def test_reminders_follow_the_readers_time_zone() -> None:
    zones = Zones.parse("Europe/Madrid, pt=America/Sao_Paulo")
    # The notice is due fifteen days ahead at noon in Madrid, which is eight in São Paulo, so it is sent the evening
    # before.
    item = subscription(SubscriptionStatus.ACTIVE, start=NOON - timedelta(hours=1))
    reported = {language: policy.reminders(item, GRACE, zones.zone_of(language))[0].due_at for language in ("es", "pt")}
    assert reported["es"].astimezone(zones.zone_of("es")).hour == 12
    assert reported["pt"].astimezone(zones.zone_of("pt")).hour == policy.EVENING.hour


def test_charge_notice_is_outdated_once_its_charge_is_due() -> None:
    item = subscription(SubscriptionStatus.TRIALING, days=3)
    (reminder,) = policy.reminders(item, GRACE, HOME)
    assert item.next_charge is not None
    assert not policy.is_stale(item, reminder, item.next_charge - HOUR)
    assert policy.is_stale(item, reminder, item.next_charge)
    canceled = subscription(SubscriptionStatus.CANCELED)
    first = policy.reminders(canceled, GRACE, HOME)[0]
    assert not policy.is_stale(canceled, first, first.due_at + 2 * DAY - HOUR)
    assert policy.is_stale(canceled, first, first.due_at + 2 * DAY)


@pytest.mark.parametrize("text", ["Madrid", "Europe/Madrid, pt=Brasil/Rio", "../etc/passwd", "pt="])
def test_invalid_time_zone_is_refused_and_named(text: str) -> None:
    with pytest.raises(ValueError, match="is no time zone"):
        Zones.parse(text)
