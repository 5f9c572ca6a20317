"""Length of a plan in days, as stored in activation codes."""

from __future__ import annotations

import pytest

from subscriptions.domain.entities.service_plan import Interval
from tests.fakes import samples


@pytest.mark.parametrize(
    ("terms", "days"),
    [
        ({"interval": Interval.DAY, "interval_count": 10}, 10),
        ({"interval": Interval.WEEK}, 7),
        ({"interval": Interval.WEEK, "interval_count": 2}, 14),
        ({"interval": Interval.MONTH, "interval_count": 3}, 90),
        ({"interval": Interval.YEAR}, 365),
        ({"recurring": False, "interval": None, "duration_days": 45}, 45),
    ],
)
def test_days_of_a_plan_are_determined_by_its_interval_or_duration(terms: dict[str, object], days: int) -> None:
    assert samples.plan(**terms).days == days
