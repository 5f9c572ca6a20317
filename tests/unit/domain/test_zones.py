"""Check that all time zones offered to customers are valid."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest

from subscriptions.application.dto.typed_moments import read_last_moment
from subscriptions.domain.services.zones import ZONE_CHOICES, Zones, read_end


@pytest.mark.parametrize("name", ZONE_CHOICES)
def test_every_offered_time_zone_is_valid(name: str) -> None:
    assert name in available_timezones()
    assert Zones().zone_of("es", name) == ZoneInfo(name)


@pytest.mark.parametrize("written", ["2028-09-03", "2028-09-03 00:00", "2028-09-03T00:00:00"])
def test_day_on_which_the_clocks_go_forward_over_midnight_lasts_until_its_end(written: str) -> None:
    end = datetime(2028, 9, 4, 2, 59, 59, tzinfo=UTC)
    santiago, now = ZoneInfo("America/Santiago"), datetime(2028, 9, 1, tzinfo=UTC)
    assert (read_end(written, santiago), read_last_moment(written, now, santiago)) == (end, end)
