"""Layout of a subscription's time: which time runs when, and when the customer is kept out.

Time of the plan in effect runs in the order of its start, one piece after the other, and stands still while Umbral
keeps the customer out. Bought time without money behind it does not run; other time runs in its place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.hold import HoldReason
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.payment_facts import RUNNING, ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.timeline.facts import Bought, Facts, Given, Held, Purchase, Switched, Taken, Terms
from subscriptions.domain.timeline.money import Accounts

_NO_TIME: Final = timedelta()
_TICK: Final = timedelta(microseconds=1)
_FREE: Final = frozenset[HoldReason]()


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Span in which one piece of time runs, or in which the customer is kept out (`held`).

    key: key of the time that runs; None while the customer is kept out
    """

    begin: datetime
    end: datetime
    key: str | None = None
    held: frozenset[HoldReason] = _FREE


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Layout of all time, in order, as if the holds of the moment of the layout ended then.

    segments: end with the time that an open dispute stops later, unless disputes are left out
    holds: reasons for which Umbral keeps the customer out at that moment
    held_since: beginning of the unbroken hold at that moment; None without a hold
    end: end of all time; None if there never was any time
    """

    segments: Sequence[Segment]
    holds: frozenset[HoldReason]
    held_since: datetime | None
    end: datetime | None

    def running(self, at: datetime) -> Segment | None:
        """Return the segment in which time runs at the given moment; None if no time runs."""
        return next((each for each in self.segments if each.begin <= at < each.end and each.key is not None), None)

    def next_begin(self, at: datetime) -> datetime | None:
        """Return when time begins to run after the given moment; None if no time follows."""
        return next((each.begin for each in self.segments if each.begin > at and each.key is not None), None)

    def used(self, key: str, at: datetime) -> timedelta:
        """Return how much of a piece of time has run by the given moment."""
        own = (each for each in self.segments if each.key == key)
        return sum((max(min(each.end, at) - each.begin, _NO_TIME) for each in own), _NO_TIME)

    def unbroken_end(self, at: datetime) -> datetime:
        """Return the end of the time that runs without a gap from the given moment on."""
        end = at
        for each in self.segments:
            if each.key is not None and each.begin <= end < each.end:
                end = each.end
        return end

    def held_within(self, begin: datetime, end: datetime) -> timedelta:
        """Return for how long the customer was kept out within a span."""
        held = (each for each in self.segments if each.held)
        return sum((max(min(each.end, end) - max(each.begin, begin), _NO_TIME) for each in held), _NO_TIME)


def lay_out(facts: Facts, terms: Terms, accounts: Accounts, now: datetime, *, without_disputes: bool = False) -> Layout:
    """Place all time on the time line. Holds that keep the customer out at `now` last until then.

    without_disputes: also leave out disputes that will stop later time, as if all of them were won
    """
    return _Clock(facts, terms, accounts, now, without_disputes=without_disputes).run()


@dataclass
class _Piece:
    """Time that is left of one piece.

    worth: price of `length`, in minor units
    is_beyond: True for time left beyond the provider's period, which keeps its plan
    """

    key: str
    start: datetime
    left: timedelta
    worth: int
    length: timedelta
    bought: Purchase | None
    purchase: str
    plan: PlanId
    is_beyond: bool = False

    def convert(self, switched: Switched) -> None:
        """Convert the time that is left to another plan by value, rounded down to the microsecond."""
        price, length = switched.price.minor, switched.length
        if self.length > _NO_TIME and price > 0:
            value = (self.left // _TICK) * self.worth * (length // _TICK)
            self.left = value // ((self.length // _TICK) * price) * _TICK
            self.worth, self.length = price, length


class _Clock:
    """Simulation of a subscription's time, from moment to moment at which something may change."""

    def __init__(
        self, facts: Facts, terms: Terms, accounts: Accounts, now: datetime, *, without_disputes: bool
    ) -> None:
        self._terms, self._accounts, self._now = terms, accounts, now
        self._without_disputes = without_disputes
        # Only disputes ask for the provider's word about its charges.
        self._reports = facts.reported if facts.disputed else ()
        self._holds = list({each.key: each for each in facts.held}.values())
        facts_of_time: tuple[Bought | Given, ...] = (*facts.bought, *facts.given)
        pieces = {each.key: _piece(each) for each in facts_of_time}
        # Of time that begins at the same moment, that which was bought runs first.
        self._pieces = sorted(pieces.values(), key=lambda each: (each.start, each.bought is None, each.key))
        facts_of_change: tuple[Taken | Switched, ...] = (*facts.taken, *facts.switched)
        changes = {each.key: each for each in facts_of_change}
        self._changes = sorted(changes.values(), key=lambda each: (each.at, each.key))
        self._plan = self._pieces[0].plan if self._pieces else None
        self._segments: list[Segment] = []
        self._is_lifted = False

    def run(self) -> Layout:
        """Return the layout of all time."""
        moments, holds = sorted(set(self._moments())), _FREE
        at = moments[0]
        for moment in moments:
            self._pass(at, moment)
            at = moment
            for change in self._changes:
                if change.at == moment:
                    self._apply(change)
            if moment == self._now:
                holds = self._head(moment)[1]
                self._is_lifted = bool(holds)
        self._pass(at, None)
        ran = [each.end for each in self._segments if each.key is not None]
        starts = [piece.start for piece in self._pieces]
        return Layout(
            segments=self._segments,
            holds=holds,
            held_since=self._held_since(holds),
            end=max(ran) if ran else min(starts, default=None),
        )

    def _moments(self) -> Iterator[datetime]:
        for piece in self._pieces:
            yield piece.start
            if piece.bought is not None:
                yield from self._accounts.changes(piece.purchase)
        for hold in self._holds:
            yield hold.since
            yield max(hold.since, hold.until or self._now)
        yield from (change.at for change in self._changes)
        yield from (report.fetched_at for report in self._reports)
        yield self._now

    def _pass(self, at: datetime, until: datetime | None) -> None:
        """Let the time run from one moment to the next; to the end of all time if `until` is None."""
        while until is None or at < until:
            piece, held = self._head(at)
            if held and until is not None:
                self._add(Segment(begin=at, end=until, held=held))
            if piece is None:
                return
            end = at + piece.left if until is None else min(at + piece.left, until)
            piece.left -= end - at
            self._add(Segment(begin=at, end=end, key=piece.key))
            at = end

    def _head(self, at: datetime) -> tuple[_Piece | None, frozenset[HoldReason]]:
        """Return the piece of time that runs at the given moment, or the reasons for which the customer is kept out."""
        held = _FREE
        if self._holds:
            held = frozenset(each.reason for each in self._holds if _holds(each, at, is_lifted=self._is_lifted))
        is_lifted = self._is_lifted or (self._without_disputes and at >= self._now)
        suspends = self._terms.suspends_disputed and not is_lifted
        is_last_disputed = is_present_disputed = False
        for piece in self._pieces:
            if piece.start > at or piece.plan != self._plan:
                continue
            funding = self._accounts.funding(piece.purchase, at) if piece.bought is not None else None
            if funding is not None and funding.is_gone:
                continue
            is_disputed = funding is not None and funding.is_at_stake and suspends
            if not piece.left:
                # Once all time is used, the last payment decides about the days that follow it.
                is_last_disputed = is_disputed if funding is not None else is_last_disputed
                continue
            is_unpaid = is_last_disputed and funding is not None and funding.is_awaited and not self._is_running(at)
            if (is_disputed and piece.bought is not Purchase.BY_ANOTHER) or is_unpaid:
                # Until a failed charge is paid, the last payment decides about the days that follow it.
                held |= {HoldReason.DISPUTE}
            elif is_disputed and not self._is_billed(at):
                # The giver's bank does not affect other time of the recipient.
                is_present_disputed = True
                continue
            return (None, held) if held else (piece, _FREE)
        return None, held | {HoldReason.DISPUTE} if is_last_disputed or is_present_disputed else held

    def _is_billed(self, at: datetime) -> bool:
        """Return True if the recipient of a gift also pays: the provider charges again, by its word at that time."""
        last = self._report(at)
        return last is not None and last.status is not ProviderStatus.ENDED and not last.cancel_at_period_end

    def _is_running(self, at: datetime) -> bool:
        """Return True if no charge has failed, by the provider's word at that time: an unpaid one is under way."""
        last = self._report(at)
        return last is not None and last.status in RUNNING

    def _report(self, at: datetime) -> SubscriptionSnapshot | None:
        known = (each for each in self._reports if each.fetched_at <= at)
        return max(known, key=lambda each: each.fetched_at, default=None)

    def _apply(self, change: Taken | Switched) -> None:
        begun = [piece for piece in self._pieces if piece.start <= change.at]
        if isinstance(change, Switched):
            self._plan = change.plan
            for piece in begun:
                if piece.key == change.converted:
                    piece.convert(change)
                    piece.plan = change.plan
                elif piece.key == change.follows and not piece.is_beyond:
                    self._carry_over(piece, change)
            return
        days = change.length
        begun.reverse()
        for piece in sorted(begun, key=lambda each: each.key != change.of):
            if change.is_limited and piece.key != change.of:
                return
            loss = min(piece.left, days)
            piece.left -= loss
            days -= loss

    def _carry_over(self, piece: _Piece, change: Switched) -> None:
        """Move the provider's own rest of a period to the new plan; time left beyond it keeps its plan."""
        rest = max(piece.start + piece.length - change.at, _NO_TIME)
        if piece.left > rest:
            beyond = replace(piece, left=piece.left - rest, is_beyond=True)
            self._pieces.insert(self._pieces.index(piece) + 1, beyond)
            piece.left = rest
        piece.plan = change.plan

    def _add(self, segment: Segment) -> None:
        last = self._segments[-1] if self._segments else None
        if last is not None and (last.end, last.key, last.held) == (segment.begin, segment.key, segment.held):
            self._segments[-1] = replace(last, end=segment.end)
        elif segment.begin < segment.end:
            self._segments.append(segment)

    def _held_since(self, holds: frozenset[HoldReason]) -> datetime | None:
        if not holds:
            return None
        since = self._now
        for each in reversed(self._segments):
            if each.held and each.end == since:
                since = each.begin
        return since


def _piece(fact: Bought | Given) -> _Piece:
    bought, purchase = (fact.kind, fact.purchase) if isinstance(fact, Bought) else (None, "")
    return _Piece(fact.key, fact.start, fact.length, fact.worth.minor, fact.length, bought, purchase, fact.plan)


def _holds(hold: Held, at: datetime, *, is_lifted: bool) -> bool:
    if hold.until is None:
        return hold.since <= at and not is_lifted
    return hold.since <= at < hold.until
