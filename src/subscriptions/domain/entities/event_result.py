"""How an event ended, as somebody outside says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

Goals = tuple[int, int]
"""Of the home side, then of the other."""


@dataclass(frozen=True, kw_only=True)
class EventResult:
    """A football match that was played to its end.

    home, away: all names that its sides go by. goals: after the regular time, extra time and penalties left out.
    half_time: None where it is not known. evidence: where one can look it up.
    """

    competition: str
    home: Sequence[str]
    away: Sequence[str]
    starts_at: datetime
    goals: Goals
    half_time: Goals | None
    evidence: str
