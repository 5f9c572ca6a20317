"""Skipped months: eligibility, duration, and their effect on access."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.subscription import DISPUTE, PROVIDER, Subscription, SubscriptionStatus
from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.events import PaymentFailed, Recorder
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.ports.payment_gateway import ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.services import access_policy, pause_policy, plan_change_policy, provider_sync
from tests.fakes import samples
from tests.fakes.samples import NOON

HOUR, DAY, MONTH, GRACE = timedelta(hours=1), timedelta(days=1), timedelta(days=30), timedelta(days=5)
MONTHLY = samples.plan(interval=Interval.MONTH, interval_count=1)
ACTIVE, PAUSED = SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED


def paid(**more: object) -> Subscription:
    """Return a subscription paid until a month from now."""
    facts: dict[str, object] = {
        "status": ACTIVE,
        "provider": "acme",
        "provider_ref": "sub-1",
        "access_until": NOON + MONTH,
        "current_period_end": NOON + MONTH,
    }
    given = Subscription.give(new_uuid(), MONTHLY.id, MONTHLY.price, NOON)
    return replace(given, events=Recorder(), **(facts | more))


def paused_subscription() -> Subscription:
    """Return a subscription paused in the following month."""
    return paid(status=PAUSED, paused_for=frozenset({PROVIDER}), pause_until=NOON + 2 * MONTH)


def reported(status: ProviderStatus, **more: object) -> SubscriptionSnapshot:
    facts: dict[str, object] = {"fetched_at": NOON + 2 * MONTH, "cancel_at_period_end": False}
    facts |= {"current_period_start": None, "current_period_end": None, **more}
    return SubscriptionSnapshot(ref="sub-1", status=status, raw_status="", **facts)


@pytest.mark.parametrize(
    ("held", "plan", "may"),
    [
        (paid(), MONTHLY, True),
        (paid(), samples.plan(interval=Interval.YEAR), False),
        (paid(), samples.plan(interval_count=3), False),
        (paid(provider_ref=None), MONTHLY, False),
        (paid(pause_until=NOON + 2 * MONTH), MONTHLY, False),
        (paid(next_plan_id=new_uuid()), MONTHLY, False),
        (paid(cancel_at_period_end=True), MONTHLY, False),
        (paid(status=SubscriptionStatus.PAST_DUE), MONTHLY, False),
        (paid(status=PAUSED, paused_for=frozenset({DISPUTE})), MONTHLY, False),
    ],
)
def test_only_active_monthly_subscription_with_provider_and_no_pending_change_can_skip_month(held, plan, may) -> None:
    assert pause_policy.pausable(held, plan) is may


def test_paused_subscription_does_not_end_before_the_end_of_the_grace_period_after_the_pause() -> None:
    held = paused_subscription()
    for at in (MONTH + DAY, 2 * MONTH, 2 * MONTH + GRACE - HOUR):
        assert not access_policy.is_over(held, GRACE, NOON + at)
    assert access_policy.is_over(held, GRACE, NOON + 2 * MONTH + GRACE)
    assert not access_policy.is_over(held, timedelta(), NOON + 2 * MONTH + DAY - HOUR)
    assert access_policy.sleeps(held, NOON + 2 * MONTH - 2 * HOUR)
    assert access_policy.wakes(held, NOON + 2 * MONTH - HOUR)
    assert not access_policy.wakes(paid(pause_until=NOON + 2 * MONTH), NOON + MONTH - HOUR)


def test_customer_is_not_readmitted_before_the_payment_after_the_pause() -> None:
    held, now = paused_subscription(), NOON + 2 * MONTH
    provider_sync.sync_from_provider(held, reported(ProviderStatus.ACTIVE), now)
    assert (held.status, held.pause_until) == (PAUSED, NOON + 2 * MONTH)
    held.access_until = NOON + 3 * MONTH
    provider_sync.wake(held, reported(ProviderStatus.ACTIVE), now)
    assert (held.status, held.pause_until, held.paused_for) == (ACTIVE, None, frozenset())


def test_failed_charge_after_the_pause_is_reported_once_and_subscription_stays_paused() -> None:
    held, now = paused_subscription(), NOON + 2 * MONTH + HOUR
    for _ in range(2):
        provider_sync.sync_from_provider(held, reported(ProviderStatus.PAST_DUE, fetched_at=now), now)
    assert (held.status, [type(each) for each in held.events.drain()]) == (PAUSED, [PaymentFailed])
    early, now = paused_subscription(), NOON + MONTH + DAY
    provider_sync.sync_from_provider(early, reported(ProviderStatus.PAST_DUE, fetched_at=now), now)
    assert early.events.drain() == [], "what was refused before it is nothing that its customer waits for"


def test_planned_pause_no_longer_reported_by_the_provider_is_removed() -> None:
    held = paid()
    provider_sync.sync_from_provider(
        held, reported(ProviderStatus.ACTIVE, pause_until=NOON + 2 * MONTH, fetched_at=NOON), NOON
    )
    assert held.pause_until == NOON + 2 * MONTH
    assert not plan_change_policy.may_change(held), "a difference would be left out with the month"
    provider_sync.sync_from_provider(held, reported(ProviderStatus.ACTIVE, fetched_at=NOON + HOUR), NOON + HOUR)
    assert held.pause_until is None
    assert plan_change_policy.may_change(held)


@pytest.mark.parametrize(
    ("collected", "ending", "status"), [(False, False, PAUSED), (True, False, ACTIVE), (False, True, ACTIVE)]
)
def test_subscription_is_paused_after_the_paid_part_of_a_postponed_period_if_no_charge_follows(
    collected: bool, ending: bool, status: SubscriptionStatus
) -> None:
    """After the paid part, only a charge that is due keeps the customer in the chat."""
    until, now = NOON + 2 * MONTH, NOON + MONTH + DAY
    held = paid(current_period_end=until, charge_moved_to=until)
    found = reported(
        ProviderStatus.ACTIVE,
        current_period_start=NOON,
        current_period_end=until,
        charge_moved_to=until,
        cancel_at=until + MONTH if ending else None,
        upcoming=UpcomingCharge(at=until if collected else None, learned_at=now),
        fetched_at=now,
    )
    provider_sync.sync_from_provider(held, found, now)
    assert held.status is status
    if not collected and not ending:
        charged = replace(found, upcoming=UpcomingCharge(at=until, learned_at=now + HOUR), fetched_at=now + HOUR)
        provider_sync.sync_from_provider(held, charged, now + HOUR)
        assert (held.status, held.paused_for) == (ACTIVE, frozenset())


def test_subscription_stays_active_in_the_paid_part_of_a_postponed_period_without_a_charge() -> None:
    until = NOON + 2 * MONTH
    held = paid(current_period_end=until, charge_moved_to=until)
    found = reported(
        ProviderStatus.ACTIVE,
        current_period_end=until,
        charge_moved_to=until,
        upcoming=UpcomingCharge(at=None, learned_at=NOON + DAY),
        fetched_at=NOON + DAY,
    )
    provider_sync.sync_from_provider(held, found, NOON + DAY)
    assert held.status is ACTIVE


def test_customer_uses_granted_days_before_the_skipped_month_pauses_access() -> None:
    until, begins = NOON + 2 * MONTH, NOON + MONTH + HOUR
    held = paid(access_until=NOON + MONTH + 7 * DAY)
    paused = reported(
        ProviderStatus.PAUSED, pause_until=until, current_period_end=until, current_period_start=NOON + MONTH
    )
    provider_sync.sync_from_provider(held, replace(paused, fetched_at=begins), begins)
    assert (held.status, held.pause_until) == (ACTIVE, until)
    assert pause_policy.has_begun(held), "going on is charged now"
    over = NOON + MONTH + 7 * DAY
    provider_sync.sync_from_provider(held, replace(paused, fetched_at=over), over)
    assert held.status is PAUSED


def test_customer_with_granted_days_beyond_the_skipped_month_keeps_access_and_the_planned_charge() -> None:
    held, until = paid(access_until=NOON + 3 * MONTH), NOON + 2 * MONTH
    paused = reported(ProviderStatus.PAUSED, pause_until=until, current_period_end=until)
    provider_sync.sync_from_provider(held, replace(paused, fetched_at=NOON + MONTH), NOON + MONTH)
    assert held.status is ACTIVE
    assert access_policy.wakes_at(held) == until - HOUR
    assert not access_policy.wakes(held, until - 2 * HOUR)
    assert access_policy.wakes(held, until - HOUR)


def test_days_granted_in_the_skipped_month_readmit_the_customer() -> None:
    now = NOON + MONTH + 5 * DAY
    held = replace(paused_subscription(), access_until=NOON + MONTH + 9 * DAY)
    paused = reported(ProviderStatus.PAUSED, pause_until=NOON + 2 * MONTH, current_period_end=NOON + 2 * MONTH)
    provider_sync.sync_from_provider(held, replace(paused, fetched_at=now), now)
    assert (held.status, held.pause_until) == (ACTIVE, NOON + 2 * MONTH)


def test_customer_with_prepaid_days_for_the_next_month_cannot_skip_that_month() -> None:
    assert not pause_policy.pausable(paid(access_until=NOON + 3 * MONTH), MONTHLY)


def test_subscription_is_paused_and_renews_after_a_cancellation_undone_during_a_provider_pause() -> None:
    held = paid()
    for reported_at, ends, status in (
        (NOON, True, ProviderStatus.ACTIVE),
        (NOON + HOUR, True, ProviderStatus.PAUSED),
        (NOON + 2 * HOUR, False, ProviderStatus.PAUSED),
    ):
        seen = reported(status, cancel_at_period_end=ends, fetched_at=reported_at)
        provider_sync.sync_from_provider(held, seen, reported_at)
        assert (held.status is SubscriptionStatus.CANCELED, held.cancel_at_period_end) == (ends, ends)
    assert (held.status, held.paused_for) == (PAUSED, {PROVIDER})
    assert held.renews, "it is charged again once it goes on"
