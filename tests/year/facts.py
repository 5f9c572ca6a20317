"""What is true at the provider, kept apart from all that the product makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money

Applied = Callable[[str | None], datetime | None]
"""When the product worked on an event, by its key; None: not yet."""


Piece = tuple[datetime, timedelta, datetime | None]
"""When it begins at the earliest, how long it is, and from when on it counts no more."""


def laid_end_to_end(pieces: Iterable[Piece]) -> datetime | None:
    """When the last of them ends; what overlaps comes one after the other."""
    laid = _laid(pieces)
    return laid[-1][1] if laid else None


def ran_between(pieces: Iterable[Piece], since: datetime, until: datetime) -> timedelta:
    """How much of those that were not cut ran from one moment to the other."""
    ran = (min(end, until) - max(begin, since) for begin, end, cut in _laid(pieces) if cut is None)
    return sum((length for length in ran if length > timedelta()), timedelta())


def _laid(pieces: Iterable[Piece]) -> list[tuple[datetime, datetime, datetime | None]]:
    laid: list[tuple[datetime, datetime, datetime | None]] = []
    for start, length, cut in sorted(pieces, key=lambda piece: piece[0]):
        begin = max(start, laid[-1][1]) if laid else start
        end = begin + (length if cut is None else min(length, max(cut - begin, timedelta())))
        laid.append((begin, end, cut))
    return laid


def everything(event: str | None) -> datetime | None:
    """Of all that is true, whether heard of or not: as if it had been known at all times."""
    return datetime.min.replace(tzinfo=UTC) if event is not None else None


@dataclass
class Reversal:
    """A refund or dispute, with the keys of the events that tell of it."""

    key: str
    amount: Money
    full: bool
    at: datetime
    event: str
    closed_at: datetime | None = None
    closing_event: str | None = None
    won: bool = False

    def end_known(self, applied: Applied) -> datetime | None:
        """When the product learnt how a dispute ended: it was told, asked, or heard of the beginning after the end."""
        if self.closed_at is None:
            return None
        beginning = applied(self.event)
        heard = [applied(self.closing_event), applied(f"poll:{self.key}:dispute_closed")]
        heard += [beginning] if beginning is not None and beginning >= self.closed_at else []
        return min((moment for moment in heard if moment is not None), default=None)

    def kept_out(self, applied: Applied) -> bool:
        """Whether the product heard of a dispute before its end, and so kept its customer out for some time."""
        beginning, end = applied(self.event), self.end_known(applied)
        return beginning is not None and (end is None or beginning < end)


@dataclass
class Pause:
    """A rest. event, end_event: the keys of what tells of it."""

    start: datetime
    event: str
    end: datetime | None = None
    end_event: str | None = None


@dataclass
class Capture:
    """Money that was taken for a period."""

    key: str
    amount: Money
    start: datetime
    end: datetime
    at: datetime
    refunds: list[Reversal] = field(default_factory=list)
    disputes: list[Reversal] = field(default_factory=list)

    @property
    def reversals(self) -> list[Reversal]:
        """All of them."""
        return [*self.refunds, *self.disputes]

    def cut_at(self, applied: Applied) -> datetime | None:
        """From when on it counts no more, by the events that are applied."""
        moments = [one.at for one in self.refunds if one.full and applied(one.event) is not None]
        moments += [
            one.closed_at
            for one in self.disputes
            if one.closed_at is not None and not one.won and one.end_known(applied) is not None
        ]
        return min(moments, default=None)


@dataclass
class Agreement:
    """One subscription at the provider, or one payment without any. trial: its period, where it began with one.

    unpaid_since: the beginning of the period whose charge failed. attempts: how often it failed. periods: how many have
    begun that were to be paid. ended_at: when it was over at the provider. canceled: the customer wanted no more of it.
    uncharged: periods that began while the product had its charges held.
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
    pauses: list[Pause] = field(default_factory=list)
    uncharged: list[tuple[datetime, datetime]] = field(default_factory=list)
    ended_at: datetime | None = None
    canceled: bool = False

    @property
    def promised_grace(self) -> bool:
        """Whether a charge failed, and no dispute kept them out then: nobody waits for the money of who is out."""
        since = self.unpaid_since
        every = [one for capture in self.captures for one in capture.disputes]
        return since is not None and not any(one.closed_at is None or one.closed_at > since for one in every)

    def paid_until(self, applied: Applied) -> datetime | None:
        """When the time ends that money and trial gave: written anew, not by the product's own fold."""
        return laid_end_to_end(self.pieces(applied))

    def pieces(self, applied: Applied) -> list[Piece]:
        """Each piece of time."""
        pieces: list[Piece] = [(one.start, one.end - one.start, one.cut_at(applied)) for one in self.captures]
        pieces += [(one.at, until - one.at, None) for one, until in self._ended(applied, won=True)]
        if self.trial is not None:
            pieces.append((self.trial[0], self.trial[1] - self.trial[0], None))
        for one, heard in sorted(self.lost(applied), key=lambda each: each[0].at):
            # What an earlier one had made good comes before what was paid later, which so ran later, too.
            pieces.append((heard, ran_between(pieces, one.at, heard), None))
        for one, heard in sorted(self._ended(applied, won=True), key=lambda each: each[1]):
            pieces += [self._bridge(pieces, heard, until) for start, until in self.uncharged if one.at <= start < heard]
        return pieces

    @staticmethod
    def _bridge(pieces: Iterable[Piece], heard: datetime, until: datetime) -> Piece:
        """Whoever is let in again within a period that was not charged stays until the next charge, and a grace that
        follows from it begins there. What was taken back only later made it no longer.
        """
        before = [
            (at, length, cut if cut is None or cut <= heard else None) for at, length, cut in pieces if at <= heard
        ]
        had_until = max(laid_end_to_end(before) or heard, heard)
        return heard, max(until - had_until, timedelta()), None

    def lost(self, applied: Applied) -> list[tuple[Reversal, datetime]]:
        """Each dispute that took money back, with the moment until which it kept its customer out."""
        return self._ended(applied, won=False)

    @property
    def disputes_overlap(self) -> bool:
        """Whether one was open beside another: what ran meanwhile is not reckoned to the day then."""
        every = sorted((one for capture in self.captures for one in capture.disputes), key=lambda one: one.at)
        return any(first.closed_at is None or first.closed_at > second.at for first, second in pairwise(every))

    def disputed(self, applied: Applied) -> bool:
        """Whether a dispute is open, by what the product has learnt."""
        every = (one for capture in self.captures for one in capture.disputes)
        return any(applied(one.event) is not None and one.end_known(applied) is None for one in every)

    def withheld(self, applied: Applied) -> bool:
        """Whether an open dispute keeps its customer out for sure: the product has heard of it, and the period it is
        about was not over then."""
        every = [(capture, one) for capture in self.captures for one in capture.disputes]
        heard = [(capture, one, applied(one.event)) for capture, one in every if one.end_known(applied) is None]
        return any(at is not None and max(at, one.at) < capture.end for capture, one, at in heard)

    def unsettled(self, applied: Applied, now: datetime) -> bool:
        """Whether the product need not know yet how a dispute ended: told by nobody, it asks every day, and an outage
        may take one look. Of its beginning it may hear at any moment; after the end that brings no days back, nor after
        the period that it is about.
        """
        every = [(capture, one) for capture in self.captures for one in capture.disputes]
        if any(one.at < capture.end <= (applied(one.event) or one.at) for capture, one in every):
            return True
        disputes = [one for capture in self.captures for one in capture.disputes]
        return any(
            one.closed_at is None
            or (one.end_known(applied) is None and now < one.closed_at + timedelta(days=3))
            or (one.won and not one.kept_out(applied))
            for one in disputes
        )

    def paused(self, applied: Applied) -> bool:
        """Whether it rests, and the product knows."""
        return any(one.end is None and applied(one.event) is not None for one in self.pauses)

    def just_resumed(self, applied: Applied) -> bool:
        """Whether it goes on, and the product need not know yet."""
        return any(one.end is None or applied(one.end_event) is None for one in self.pauses)

    def _ended(self, applied: Applied, *, won: bool) -> list[tuple[Reversal, datetime]]:
        """Each with the moment until which it kept its customer out: the one at which its end was heard of. Of all that
        is true, one about a period that was over kept nobody out; the product may have seen that otherwise, where
        nothing was paid after it.
        """
        both = [(capture, one) for capture in self.captures for one in capture.disputes if one.won is won]
        every = [one for capture, one in both if applied is not everything or one.at < capture.end]
        heard = [(one, one.closed_at, one.end_known(applied)) for one in every]
        return [(one, max(end, at)) for one, end, at in heard if end is not None and at is not None]
