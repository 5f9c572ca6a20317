"""A tip as its author knows it: what it claims, until when it may come, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from math import prod
from typing import Any
from uuid import UUID

from tests.year.recount import RETURNS, Ended

Facts = dict[str, Any]
"""As a program sends them: numbers and moments as text, legs as a list of the same."""


@dataclass(frozen=True)
class End:
    """How somebody said that it ended. odds: at which it was cashed out; legs: the results of its legs."""

    result: str
    odds: str = ""
    legs: Sequence[str] = ()


@dataclass
class Claim:
    """facts: what counts, so never what was said after the start. place: in its plan's record, by publication.
    deadlines, starts: since when which one holds. entries: how many its record must have. rule: what it counts as once
    it is withdrawn in time."""

    number: int
    plan: str
    place: int
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
        """By which the operator's programs name it."""
        return f"tip-{self.number}"

    @property
    def starts_at(self) -> datetime:
        """As it stood at its start."""
        return datetime.fromisoformat(self.facts["starts_at"])

    @property
    def deadline(self) -> datetime:
        """That holds now."""
        return self.deadlines[-1][1]

    @property
    def withdrawn_in_time(self) -> bool:
        """Whether it was taken back before its start."""
        return self.withdrawn_at is not None and self.withdrawn_at < self.starts_at

    def deadline_at(self, moment: datetime) -> datetime:
        """That held then."""
        return [until for since, until in self.deadlines if since <= moment][-1]

    def start_at(self, moment: datetime) -> datetime:
        """That it said then."""
        return [start for since, start in self.starts if since <= moment][-1]

    def revise(self, facts: Facts, now: datetime) -> None:
        """It says this from now on."""
        self.facts = facts
        self.entries += 1
        if _deadline(facts) != self.deadline:
            self.deadlines.append((now, _deadline(facts)))
        if self.starts_at != self.starts[-1][1]:
            self.starts.append((now, self.starts_at))

    def ended(self) -> Ended | None:
        """What it counts as; None while it does not."""
        if not self.withdrawn_in_time and self.end is None:
            return None
        odds, stake = Fraction(self.facts["odds"]), Fraction(self.facts["stake"])
        back = self._comes_back(odds)
        groups = {name: self.facts.get(name, "") for name in ("sport", "bookmaker", "author")}
        return Ended(self.starts_at, self.place, odds, stake, None if back is None else back * stake, groups)

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
        """Of one unit, where each leg ended so."""
        legs = zip(results, self.facts["legs"], strict=True)
        return prod((RETURNS[result](Fraction(leg["odds"])) for result, leg in legs), start=Fraction(1))


def _deadline(facts: Facts) -> datetime:
    return datetime.fromisoformat(facts.get("valid_until") or facts["starts_at"])
