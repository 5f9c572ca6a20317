"""State of a period at the provider: running, paused, renewed, or the last period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.services import access_policy
from subscriptions.domain.services.provider_sync import (
    charging_since,
    ends_on,
    is_paused_in_period,
    still_running,
    sync_from_provider,
)
from tests.fakes import samples
from tests.fakes.samples import NOON

HOUR, MONTH = timedelta(hours=1), timedelta(days=30)
ACTIVE, PAUSED, TRIALING = ProviderStatus.ACTIVE, ProviderStatus.PAUSED, ProviderStatus.TRIALING


def state(status: ProviderStatus = ACTIVE, **changes: object) -> SubscriptionSnapshot:
    """Return a snapshot taken one hour into a period."""
    facts: dict[str, object] = {
        "ref": "sub-1",
        "status": status,
        "raw_status": str(status),
        "current_period_start": NOON - HOUR,
        "current_period_end": NOON - HOUR + MONTH,
        "cancel_at_period_end": False,
        "fetched_at": NOON,
    }
    return SubscriptionSnapshot(**{**facts, **changes})


def held() -> Subscription:
    """Return an active subscription that a provider renews."""
    subscription = samples.subscription(samples.order(samples.customer(), samples.plan()))
    subscription.status, subscription.provider_ref = SubscriptionStatus.ACTIVE, "sub-1"
    return subscription


def paid_until(end: datetime) -> Sequence[LedgerEntry]:
    """Return a ledger with one paid month."""
    subscription = held()
    return [
        LedgerEntry(
            subscription_id=subscription.id,
            kind=LedgerKind.PAYMENT,
            source_key="payment",
            starts_at=end - MONTH,
            length=MONTH,
            created_at=end - MONTH,
        )
    ]


@pytest.mark.parametrize(
    ("seen", "last"),
    [
        (state(), None),
        (state(cancel_at_period_end=True), NOON - HOUR + MONTH),
        (state(cancel_at=NOON + HOUR), NOON + HOUR),
        (state(cancel_at=NOON + HOUR, cancel_at_period_end=True), NOON + HOUR),
    ],
)
def test_end_date_of_a_canceled_subscription_is_its_cancellation_date_or_period_end(
    seen: SubscriptionSnapshot, last: datetime | None
) -> None:
    assert ends_on(seen) == last


@pytest.mark.parametrize("status", ProviderStatus)
@pytest.mark.parametrize(("stops", "runs"), [(None, True), (NOON + HOUR, True), (NOON, False), (NOON - HOUR, False)])
def test_subscription_runs_until_its_cancellation_date(
    status: ProviderStatus, stops: datetime | None, runs: bool
) -> None:
    seen = state(status, cancel_at=stops)
    assert still_running(seen, NOON) is (runs and status in {ACTIVE, TRIALING})


@pytest.mark.parametrize(
    ("start", "end", "is_charging"),
    [
        (NOON - HOUR, NOON + HOUR, True),
        (NOON, NOON + HOUR, True),
        (NOON + HOUR, NOON + MONTH, False),
        (NOON - 2 * HOUR, NOON + HOUR, False),
        (NOON - HOUR, NOON, False),
        (None, NOON + HOUR, False),
        (NOON - HOUR, None, False),
    ],
)
def test_period_after_the_recorded_ones_is_being_charged_although_the_provider_does_not_report_the_charge(
    start: datetime | None, end: datetime | None, is_charging: bool
) -> None:
    seen = state(current_period_start=start, current_period_end=end)
    assert charging_since(held(), seen, paid_until(NOON - HOUR), NOON) == (start if is_charging else None)


@pytest.mark.parametrize("status", ProviderStatus)
@pytest.mark.parametrize("unsettled", [True, False])
def test_only_a_running_subscription_without_a_trial_is_being_charged(status: ProviderStatus, unsettled: bool) -> None:
    seen = state(status, unsettled=unsettled)
    assert (charging_since(held(), seen, paid_until(NOON - HOUR), NOON) is not None) is (status is ACTIVE)


@pytest.mark.parametrize("unsettled", [True, False])
def test_charge_of_a_recorded_period_is_under_way_only_if_the_provider_reports_it(unsettled: bool) -> None:
    seen = state(unsettled=unsettled)
    since = charging_since(held(), seen, paid_until(NOON - HOUR + MONTH), NOON)
    assert since == (seen.current_period_start if unsettled else None)


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_charge_under_way_admits_during_an_active_subscription_and_after_a_trial(status: SubscriptionStatus) -> None:
    subscription = held()
    subscription.status, subscription.access_until = status, NOON - HOUR
    subscription.charging_since, subscription.current_period_end = NOON - HOUR, NOON - HOUR + MONTH
    is_running = status in {SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING}
    assert access_policy.lets_in(subscription, timedelta(), NOON) is is_running


def test_synced_subscription_admits_its_customer_although_the_provider_does_not_report_the_charge() -> None:
    subscription = held()
    subscription.access_until = NOON - HOUR
    sync_from_provider(subscription, state(), NOON, entries=paid_until(NOON - HOUR))
    assert access_policy.lets_in(subscription, timedelta(), NOON)


@pytest.mark.parametrize("status", ProviderStatus)
@pytest.mark.parametrize(("end", "is_paused"), [(NOON + HOUR, True), (NOON, False), (None, False)])
def test_pause_is_applied_only_within_a_current_period(
    status: ProviderStatus, end: datetime | None, is_paused: bool
) -> None:
    assert is_paused_in_period(state(status, current_period_end=end), NOON) is (is_paused and status is PAUSED)


def test_unknown_subscription_is_neither_running_nor_paused() -> None:
    assert (still_running(None, NOON), is_paused_in_period(None, NOON)) == (False, False)
