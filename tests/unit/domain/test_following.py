"""State of a period at the provider: running, paused, renewed, or the last period."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from subscriptions.domain.ports.payment_gateway import ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.services.provider_sync import ends_on, has_moved_on, is_paused_in_period, still_running
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
    expected = runs and status in {ACTIVE, TRIALING}
    assert still_running(seen, NOON) is expected
    assert has_moved_on(seen, NOON - HOUR, NOON) is expected


@pytest.mark.parametrize(
    ("start", "end", "moved"),
    [
        (NOON - HOUR, NOON + HOUR, True),
        (NOON, NOON + HOUR, True),
        (NOON - 2 * HOUR, NOON + HOUR, False),
        (NOON - HOUR, NOON, False),
        (None, NOON + HOUR, False),
        (NOON - HOUR, None, False),
    ],
)
def test_later_period_start_means_that_the_subscription_was_renewed(
    start: datetime | None, end: datetime | None, moved: bool
) -> None:
    seen = state(current_period_start=start, current_period_end=end)
    assert has_moved_on(seen, NOON - HOUR, NOON) is moved


@pytest.mark.parametrize("status", ProviderStatus)
@pytest.mark.parametrize(("end", "is_paused"), [(NOON + HOUR, True), (NOON, False), (None, False)])
def test_pause_is_applied_only_within_a_current_period(
    status: ProviderStatus, end: datetime | None, is_paused: bool
) -> None:
    assert is_paused_in_period(state(status, current_period_end=end), NOON) is (is_paused and status is PAUSED)


def test_unknown_subscription_is_neither_running_nor_paused() -> None:
    assert (still_running(None, NOON), is_paused_in_period(None, NOON), has_moved_on(None, NOON, NOON)) == (False,) * 3
