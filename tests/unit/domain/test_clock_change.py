"""Check that no message is sent at night, or delayed for long, in the nights in which daylight saving time begins or
ends.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from subscriptions.domain.services.reminder_policy import MORNING, NIGHT, in_the_evening, in_the_morning

ZONES = ("Europe/Madrid", "America/Santiago", "America/New_York", "Atlantic/Canary")
NIGHTS = (datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC))
QUARTERS = 4 * 24 * 4


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("begin", NIGHTS, ids=str)
def test_messages_moved_out_of_quiet_hours_keep_their_order_when_clocks_change(begin: datetime, name: str):
    zone = ZoneInfo(name)
    moments = [begin + timedelta(minutes=15 * number) for number in range(QUARTERS)]
    mornings = [in_the_morning(moment, zone) for moment in moments]
    evenings = [in_the_evening(moment, zone) for moment in moments]

    for moment, morning, evening in zip(moments, mornings, evenings, strict=True):
        assert evening <= moment <= morning
        # The longest night is an hour longer than the others.
        longest = timedelta(hours=24 - NIGHT.hour + MORNING.hour + 1)
        assert morning - moment <= longest
        for reported in (morning, evening):
            assert MORNING <= reported.astimezone(zone).time() < NIGHT
    assert mornings == sorted(mornings)
