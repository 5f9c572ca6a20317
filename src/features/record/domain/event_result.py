"""Result of an event, as reported by a results provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

Goals = tuple[int, int]
"""Goals of the home side and of the away side."""


@dataclass(frozen=True, kw_only=True)
class EventResult:
    """Result of a football match that was played to its end.

    home, away: all names of each side
    goals: after regular time, without extra time and penalties
    half_time: goals at half-time; None if unknown
    evidence: source where the result can be verified
    """

    competition: str
    home: Sequence[str]
    away: Sequence[str]
    starts_at: datetime
    goals: Goals
    half_time: Goals | None
    evidence: str
