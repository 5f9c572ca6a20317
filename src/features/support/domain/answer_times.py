"""Usual response time of support, derived from the shop's own answers."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

HISTORY: Final = timedelta(days=90)
"""Maximum age of the answers from which the usual response time is calculated."""
FEWEST: Final = 5
"""Minimum number of answers from which a usual response time is calculated."""
_USUAL: Final = 0.8
_HOURS: Final = (1, 2, 4, 8, 12, 24)
_MOST_DAYS: Final = 7


def usual_wait(waits: Sequence[timedelta]) -> timedelta | None:
    """Return the time within which four out of five questions were answered, rounded up to whole hours or days. Return
    None if there are too few answers, or if the result is longer than a week.

    waits: waiting times of answered questions
    """
    if len(waits) < FEWEST:
        return None
    usual = sorted(waits)[int(_USUAL * (len(waits) - 1) + 0.5)]
    steps = [timedelta(hours=hours) for hours in _HOURS] + [timedelta(days=days) for days in range(2, _MOST_DAYS + 1)]
    return next((step for step in steps if usual <= step), None)
