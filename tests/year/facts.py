"""What is true at the provider, kept apart from all that the product makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money


@dataclass
class Reversal:
    """A refund or dispute. heard: when its event, and that of its end, had reached the product and been worked on."""

    key: str
    amount: Money
    full: bool
    at: datetime
    heard: datetime | None = None
    closed_at: datetime | None = None
    won: bool = False
    close_heard: datetime | None = None


@dataclass
class Capture:
    """Money that was taken for a period."""

    key: str
    order: str
    amount: Money
    start: datetime
    end: datetime
    at: datetime
    refunds: list[Reversal] = field(default_factory=list)
    disputes: list[Reversal] = field(default_factory=list)

    def cut_at(self, heard_by: datetime | None) -> datetime | None:
        """From when on it counts no more. heard_by: only by what had been heard then; None: by all that is true."""
        moments = [one.at for one in self.refunds if one.full and _known(one.heard, heard_by)]
        moments += [
            one.closed_at
            for one in self.disputes
            if one.closed_at is not None and not one.won and _known(one.close_heard, heard_by)
        ]
        return min(moments, default=None)


def _known(heard: datetime | None, by: datetime | None) -> bool:
    return by is None or (heard is not None and heard <= by)


@dataclass
class Agreement:
    """One subscription at the provider, or one payment without any. trial: its period, where it began with one.

    unpaid_since: the beginning of the period whose charge failed. attempts: how often it failed. periods: how many have
    begun that were to be paid. paused: from when to when it rested, None = still. gifts: compensation that was due.
    """

    ref: str
    person: int
    plan: str
    order: str
    amount: Money
    interval: Interval | None
    count: int
    captures: list[Capture] = field(default_factory=list)
    trial: tuple[datetime, datetime] | None = None
    unpaid_since: datetime | None = None
    attempts: int = 0
    periods: int = 0
    paused: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    gifts: list[tuple[datetime, timedelta]] = field(default_factory=list)
    ended_at: datetime | None = None

    def paid_until(self, heard_by: datetime | None = None) -> datetime | None:
        """When the time ends that money, trial and compensation gave: written anew, not by the product's own fold."""
        pieces = [(one.start, one.end - one.start, one.cut_at(heard_by)) for one in self.captures]
        pieces += [(start, length, None) for start, length in self.gifts]
        if self.trial is not None:
            pieces.append((self.trial[0], self.trial[1] - self.trial[0], None))
        end: datetime | None = None
        for start, length, cut in sorted(pieces, key=lambda piece: piece[0]):
            begin = start if end is None or end < start else end
            left = length if cut is None else min(length, max(cut - begin, timedelta()))
            end = begin + left
        return end
