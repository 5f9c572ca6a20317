"""Check that all time zones offered to customers are valid."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

import pytest

from subscriptions.domain.services.zones import ZONE_CHOICES, Zones


@pytest.mark.parametrize("name", ZONE_CHOICES)
def test_every_offered_time_zone_is_valid(name: str) -> None:
    assert name in available_timezones()
    assert Zones().zone_of("es", name) == ZoneInfo(name)
