"""Setting of the quiet hours, whether they span midnight or a part of one day; invalid values are refused."""

from __future__ import annotations

from datetime import time

import pytest

from subscriptions.domain.services.quiet_hours import QuietHours


@pytest.mark.parametrize(
    ("written", "at", "quiet"),
    [
        ("23:00-08:00", "22:59", False),
        ("23:00-08:00", "23:00", True),
        ("23:00-08:00", "03:30", True),
        ("23:00-08:00", "08:00", False),
        ("14:00 – 16:30", "13:59", False),
        ("14:00 – 16:30", "14:00", True),
        ("14:00 – 16:30", "16:30", False),
        ("0:00-7:00", "00:00", True),
    ],
)
def test_quiet_hours_include_start_and_exclude_end(written: str, at: str, quiet: bool) -> None:
    hours = QuietHours.parse(written)
    assert hours is not None
    assert hours.cover(time.fromisoformat(at)) is quiet


@pytest.mark.parametrize("written", ["", "  "])
def test_empty_quiet_hours_setting_means_no_quiet_hours(written: str) -> None:
    assert QuietHours.parse(written) is None


@pytest.mark.parametrize("written", ["23-8", "23:00", "25:00-08:00", "23:60-08:00", "08:00-08:00", "night"])
def test_invalid_quiet_hours_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        QuietHours.parse(written)
