"""A simulated author's own record of a tip: facts, deadline and result, kept independently of the product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from math import prod
from typing import Any
from uuid import UUID

from tests.features.record.recount import RETURNS, Ended

Facts = dict[str, Any]
"""Facts as sent by a program: numbers and times as text, legs as a list of facts."""


@dataclass(frozen=True)
class End:
    """Reported result. odds: odds of a cash-out; legs: results of the legs."""

    result: str
    odds: str = ""
    legs: Sequence[str] = ()


@dataclass
class Claim:
    """Tip of the simulated author.

    facts: facts at the start of the event
    position: position in the plan's record, in the order of publication
    deadlines, starts: all values so far, each with the time since which it is valid
    entries: number of the tip's record entries
    rule: rule by which the tip counts if it is withdrawn before the start
    """

    number: int
    plan: str
    position: int
    facts: Facts
    published_at: datetime
    rule: str
    pick: UUID | None = None
    entries: int = 1
    deadlines: list[tuple[datetime, datetime]] = field(default_factory=list)
    starts: list[tuple[datetime, datetime]] = field(default_factory=list)
    withdrawn_at: datetime | None = None
    end: End | None = None
    missed: datetime | None = None

    def __post_init__(self) -> None:
        self.deadlines.append((self.published_at, _deadline(self.facts)))
        self.starts.append((self.published_at, self.starts_at))

    @property
    def key(self) -> str:
        """Return the key that the operator's programs use for the tip."""
        return f"tip-{self.number}"

    @property
    def starts_at(self) -> datetime:
        """Return the start of the event as it was last announced before the start."""
        return datetime.fromisoformat(self.facts["starts_at"])

    @property
    def deadline(self) -> datetime:
        """Return the current deadline."""
        return self.deadlines[-1][1]

    @property
    def withdrawn_in_time(self) -> bool:
        """Return True if the tip was withdrawn before the start of its event."""
        return self.withdrawn_at is not None and self.withdrawn_at < self.starts_at

    def deadline_at(self, moment: datetime) -> datetime:
        """Return the deadline that was valid at a time."""
        return [until for since, until in self.deadlines if since <= moment][-1]

    def start_at(self, moment: datetime) -> datetime:
        """Return the start that was valid at a time."""
        return [start for since, start in self.starts if since <= moment][-1]

    def revise(self, facts: Facts, now: datetime) -> None:
        """Replace the facts of the tip with facts that are valid from `now` on."""
        self.facts = facts
        self.entries += 1
        if _deadline(facts) != self.deadline:
            self.deadlines.append((now, _deadline(facts)))
        if self.starts_at != self.starts[-1][1]:
            self.starts.append((now, self.starts_at))

    def ended(self) -> Ended | None:
        """Return the figures of the finished tip; None if the tip does not count yet."""
        if not self.withdrawn_in_time and self.end is None:
            return None
        odds, stake = Fraction(self.facts["odds"]), Fraction(self.facts["stake"])
        back = self._comes_back(odds)
        groups = {name: self.facts.get(name, "") for name in ("market", "sport", "bookmaker", "author")}
        return Ended(self.starts_at, self.position, odds, stake, None if back is None else back * stake, groups)

    def _comes_back(self, odds: Fraction) -> Fraction | None:
        if self.withdrawn_in_time:
            return None if self.rule == "void" else Fraction(0)
        assert self.end is not None
        if self.end.odds:
            return Fraction(self.end.odds)
        if self.end.result == "void":
            return None
        if self.end.legs and set(self.end.legs) != {"won"}:
            return self.legs_return(self.end.legs)
        back: Fraction = RETURNS[self.end.result](odds)
        return back

    def legs_return(self, results: Sequence[str]) -> Fraction:
        """Return the payout of a stake of one unit, given the results of the legs."""
        legs = zip(results, self.facts["legs"], strict=True)
        return prod((RETURNS[result](Fraction(leg["odds"])) for result, leg in legs), start=Fraction(1))


def _deadline(facts: Facts) -> datetime:
    return datetime.fromisoformat(facts.get("valid_until") or facts["starts_at"])
