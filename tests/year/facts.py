"""Subscriptions, payments, refunds, disputes and pauses at the simulated provider, recorded independently of the
product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money

Applied = Callable[[str | None], datetime | None]
"""Function from the key of an event to the time at which the product processed the event, or None if it has not."""


Piece = tuple[datetime, timedelta, datetime | None]
"""Piece of paid, granted or trial time: its earliest start, its length, and the time at which a reversal cut it off, or
None.
"""


def laid_end_to_end(pieces: Iterable[Piece]) -> datetime | None:
    """Return the end of the last piece, or None without any piece. A piece that would overlap an earlier one starts
    after it.
    """
    laid = _laid(pieces)
    return laid[-1][1] if laid else None


def ran_between(pieces: Iterable[Piece], since: datetime, until: datetime) -> timedelta:
    """Return the total time between two points in time that is covered by pieces which no reversal cut off."""
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
    """Return a time for every event, as if the product had processed all events."""
    return datetime.min.replace(tzinfo=UTC) if event is not None else None


@dataclass
class Reversal:
    """Refund or dispute, with the keys of its events."""

    key: str
    amount: Money
    full: bool
    at: datetime
    event: str
    closed_at: datetime | None = None
    closing_event: str | None = None
    won: bool = False

    def end_known(self, applied: Applied) -> datetime | None:
        """Return the time at which the product learned of the end of a dispute: by its event, by a lookup, or by an
        opening event that arrived after the end.
        """
        if self.closed_at is None:
            return None
        beginning = applied(self.event)
        moments = [applied(self.closing_event), applied(f"poll:{self.key}:dispute_closed")]
        moments += [beginning] if beginning is not None and beginning >= self.closed_at else []
        return min((moment for moment in moments if moment is not None), default=None)

    def kept_out(self, applied: Applied) -> bool:
        """Return True if the product learned of a dispute before its end and therefore put the access on hold for some
        time.
        """
        beginning, end = applied(self.event), self.end_known(applied)
        return beginning is not None and (end is None or beginning < end)


@dataclass
class Pause:
    """Pause of a subscription. event, end_event: keys of its events."""

    start: datetime
    event: str
    end: datetime | None = None
    end_event: str | None = None


@dataclass
class Capture:
    """Captured payment of a period."""

    key: str
    amount: Money
    start: datetime
    end: datetime
    at: datetime
    refunds: list[Reversal] = field(default_factory=list)
    disputes: list[Reversal] = field(default_factory=list)

    @property
    def reversals(self) -> list[Reversal]:
        """Return all refunds and disputes of the payment."""
        return [*self.refunds, *self.disputes]

    def cut_at(self, applied: Applied) -> datetime | None:
        """Return the time from which the payment no longer counts because of the reversals that the product has
        processed, or None.
        """
        moments = [one.at for one in self.refunds if one.full and applied(one.event) is not None]
        moments += [
            one.closed_at
            for one in self.disputes
            if one.closed_at is not None and not one.won and one.end_known(applied) is not None
        ]
        return min(moments, default=None)


@dataclass
class Agreement:
    """One subscription at the provider, or one single payment. trial: its trial period, if any.

    unpaid_since: start of the period whose charge failed. attempts: number of failed attempts to charge that period.
    periods: number of payable periods begun. ended_at: time at which the provider ended the subscription. canceled:
    True if canceled by the customer. uncharged: periods that started while the product had paused billing.
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
        """Return True if a charge failed, so that grace days apply, and no dispute had put the access on hold at that
        time. A customer on hold gets no grace days.
        """
        since = self.unpaid_since
        every = [one for capture in self.captures for one in capture.disputes]
        return since is not None and not any(one.closed_at is None or one.closed_at > since for one in every)

    def paid_until(self, applied: Applied) -> datetime | None:
        """Return the end of the paid and trial time. This implementation is independent of the product's own
        calculation.
        """
        return laid_end_to_end(self.pieces(applied))

    def pieces(self, applied: Applied) -> list[Piece]:
        """Return the pieces of paid time, trial time, and time restored after disputes."""
        pieces: list[Piece] = [(one.start, one.end - one.start, one.cut_at(applied)) for one in self.captures]
        pieces += [(one.at, until - one.at, None) for one, until in self._ended(applied, won=True)]
        if self.trial is not None:
            pieces.append((self.trial[0], self.trial[1] - self.trial[0], None))
        for one, known_at in sorted(self.lost(applied), key=lambda each: each[0].at):
            # A piece compensated for an earlier dispute comes before later payments, which then run later.
            pieces.append((known_at, ran_between(pieces, one.at, known_at), None))
        for one, known_at in sorted(self._ended(applied, won=True), key=lambda each: each[1]):
            pieces += [
                self._bridge(pieces, known_at, until) for start, until in self.uncharged if one.at <= start < known_at
            ]
        return pieces

    @staticmethod
    def _bridge(pieces: Iterable[Piece], known_at: datetime, until: datetime) -> Piece:
        """Return the free time of a customer who is readmitted in an uncharged period: from the readmission until the
        next charge, less the time that the customer still had. A later reversal of payments does not lengthen the
        free time.
        """
        before = [
            (at, length, cut if cut is None or cut <= known_at else None)
            for at, length, cut in pieces
            if at <= known_at
        ]
        had_until = max(laid_end_to_end(before) or known_at, known_at)
        return known_at, max(until - had_until, timedelta()), None

    def lost(self, applied: Applied) -> list[tuple[Reversal, datetime]]:
        """Return each lost dispute, with the time until which the dispute put the access on hold."""
        return self._ended(applied, won=False)

    @property
    def disputes_overlap(self) -> bool:
        """Return True if two disputes were open at the same time. The access time is then not calculated to the day."""
        every = sorted((one for capture in self.captures for one in capture.disputes), key=lambda one: one.at)
        return any(first.closed_at is None or first.closed_at > second.at for first, second in pairwise(every))

    def disputed(self, applied: Applied) -> bool:
        """Return True if a dispute is open according to the events that the product has received."""
        every = (one for capture in self.captures for one in capture.disputes)
        return any(applied(one.event) is not None and one.end_known(applied) is None for one in every)

    def on_hold(self, applied: Applied) -> bool:
        """Return True if an open dispute certainly puts the access on hold because the product learned of the dispute
        before the disputed period was over.
        """
        every = [(capture, one) for capture in self.captures for one in capture.disputes]
        reported = [(capture, one, applied(one.event)) for capture, one in every if one.end_known(applied) is None]
        return any(at is not None and max(at, one.at) < capture.end for capture, one, at in reported)

    def may_be_outdated(self, applied: Applied, now: datetime) -> bool:
        """Return True if Umbral may not know yet how a dispute ended, or may have learned of the dispute too late to
        extend access. Without a webhook, Umbral queries the provider once a day, and a query may fail during an outage.
        Access is not extended if Umbral learns of the dispute only after the dispute or the disputed period ended.
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
        """Return True if the agreement is paused and the product knows of the pause."""
        return any(one.end is None and applied(one.event) is not None for one in self.pauses)

    def earlier_until(self, applied: Applied) -> datetime | None:
        """Return the end of the time paid before the period in which the agreement was paused, such as days that a won
        dispute moved past the start of that period. A pause does not affect that time.
        """
        pauses = [one.start for one in self.pauses if one.end is None]
        earlier = [one for one in self.captures if not any(one.start <= start < one.end for start in pauses)]
        return replace(self, captures=earlier).paid_until(applied)

    def just_resumed(self, applied: Applied) -> bool:
        """Return True if the agreement was resumed and the product may not know yet."""
        return any(one.end is None or applied(one.end_event) is None for one in self.pauses)

    def _ended(self, applied: Applied, *, won: bool) -> list[tuple[Reversal, datetime]]:
        """Return each won (or each lost) dispute with the end of its hold: the time at which the product learned of the
        dispute's end. With `everything`, disputes opened after the end of the disputed period are left out, because
        they put nothing on hold; the product may have decided differently if nothing was paid after the period.
        """
        both = [(capture, one) for capture in self.captures for one in capture.disputes if one.won is won]
        every = [one for capture, one in both if applied is not everything or one.at < capture.end]
        ends = [(one, one.closed_at, one.end_known(applied)) for one in every]
        return [(one, max(end, at)) for one, end, at in ends if end is not None and at is not None]
