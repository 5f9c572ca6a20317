"""Forecast of the time until the account pool has no capacity left, as stated in its alarms."""

from __future__ import annotations

import pytest

from subscriptions.application.accounts.pool_forecast import PoolForecast
from tests.fakes.samples import NOON

DRY = {"accounts": 3, "share": 100, "channels_left": 10, "precreated": 0, "per_day": 4.26, "next_try": NOON}


def forecast(**changes: object) -> PoolForecast:
    return PoolForecast(**{**DRY, **changes})


@pytest.mark.parametrize(("left", "per_day", "days"), [(365, 1.0, "365"), (366, 1.0, ">365"), (5, 0.0, ">365")])
def test_forecast_states_the_remaining_days_up_to_a_year(left: int, per_day: float, days: str) -> None:
    assert forecast(channels_left=left, per_day=per_day).days == days
