"""Calculation of the time owed to a customer, from the simulated payments, grants, removals and announcements, without
the product's records.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

NOTHING = timedelta()
LEAST = timedelta(hours=1)
"""Time that is too short to wait for its plan."""


@dataclass
class Credit:
    """Owed time from one payment or grant. key: key of the payment or grant. start: time from which the owed time
    counts. line: subscription whose other plans it waits for.
    """

    key: str
    start: datetime
    left: timedelta
    line: str | None = None


@dataclass
class Account:
    """Owed time of one customer for one plan.

    kept_out: reasons of holds. grace_until: end of the grace days of an unpaid charge. unpaid: time with access but
    without payment. slack: tolerance for rounding. grace_announced: announced end of the grace days. ref: subscription
    that charges for the plan; refs_before: other paid subscriptions to the plan, which may continue. bridged_until:
    next charge of a customer who was readmitted in an unpaid period. end_announced: True if the refund message
    stated the end. has_own_gift: True if the customer opened a gift that they had paid for themselves. at_bank: time
    since which a charge is at the customer's bank, and end of its period. awaits_money: True if that charge ends a
    skipped month, in which the customer is outside. disputed: disputed payments whose time has not begun.
    disputed_gifts: those that paid for gifts. disputed_last: disputed payment of the last period, whose time is used.
    moved_from: earlier plan of a subscription whose charge was at the bank when the plan changed, at moved_at.
    unpaid_before: unpaid time until then. waiting: time of this plan that does not run because its subscription has
    another plan. line: that subscription. first: plans whose time is used before.
    """

    plan: str
    credits: list[Credit] = field(default_factory=list)
    kept_out: dict[str, datetime] = field(default_factory=dict)
    for_life: bool = False
    grace_until: datetime | None = None
    unpaid: timedelta = NOTHING
    slack: timedelta = NOTHING
    ref: str | None = None
    refs_before: list[str] = field(default_factory=list)
    grace_announced: datetime | None = None
    bridged_until: datetime | None = None
    end_announced: bool = False
    has_own_gift: bool = False
    at_bank: tuple[datetime, datetime] | None = None
    awaits_money: bool = False
    disputed: set[str] = field(default_factory=set)
    disputed_gifts: set[str] = field(default_factory=set)
    disputed_last: str | None = None
    moved_from: str | None = None
    moved_at: datetime | None = None
    unpaid_before: timedelta = NOTHING
    waiting: list[Credit] = field(default_factory=list)
    line: str | None = None
    first: set[str] = field(default_factory=set)

    @property
    def owed(self) -> timedelta:
        return sum((each.left for each in self.credits), NOTHING)

    def is_named(self, plans: Collection[str]) -> bool:
        """Return True if one of the plans is this one, or the earlier plan of a charge that is at the bank."""
        return self.plan in plans or self.moved_from in plans

    def owed_but(self, keys: Collection[str]) -> timedelta:
        """Return the owed time, excluding the time from the given payments."""
        return sum((each.left for each in self.credits if each.key not in keys), NOTHING)

    def add(self, key: str, start: datetime, length: timedelta) -> None:
        self.end_announced = False
        if all(each.key != key for each in self.credits):
            self.credits.append(Credit(key, start, length))
            self.credits.sort(key=lambda each: each.start)

    def drop(self, key: str) -> timedelta:
        """Remove the remaining time of a refunded payment, and return that time."""
        gone = self.left_of(key)
        self.credits = [each for each in self.credits if each.key != key]
        self.waiting = [each for each in self.waiting if each.key != key]
        return gone

    def shorten(self, by: timedelta) -> None:
        """Remove days from the end of the owed time."""
        while by > NOTHING and self.credits:
            last = self.credits[-1]
            taken = min(last.left, by)
            last.left, by = last.left - taken, by - taken
            if not last.left:
                self.credits.pop()

    def subscribe(self, ref: str, decided_after: timedelta) -> None:
        """Record a new subscription. Time that ran until the bank decided about its first payment may count as used
        from this payment or from other time.
        """
        self.refs_before += [self.ref] if self.ref is not None else []
        self.ref = ref
        self.slack = max(self.slack, decided_after) if self.owed else self.slack

    def stretch(self, key: str, length: timedelta) -> None:
        """Set the length of the time of a payment that is entirely unused."""
        for each in self.credits:
            if each.key == key:
                each.left = length

    def runs(self, key: str) -> bool:
        """Return True if the time of a payment is the time that runs."""
        return bool(self.credits) and self.credits[0].key == key

    def disputes_begin(self, within: timedelta) -> bool:
        """Return True if disputed time is next within the given time. A disputed gift runs after all other time."""
        longer = [each.key for each in self.credits if each.left > within]
        others = [key for key in longer if key not in self.disputed_gifts]
        return bool(longer) and (others or longer)[0] in self.disputed

    def left_of(self, key: str) -> timedelta:
        return sum((each.left for each in (*self.credits, *self.waiting) if each.key == key), NOTHING)

    def pass_time(self, since: datetime, until: datetime) -> None:
        """Reduce the owed time by the given span, unless access is on hold."""
        if self.kept_out:
            return
        span = until - since
        while self.credits:
            first = self.credits[0]
            if first.key in self.disputed_gifts and any(each.key not in self.disputed for each in self.credits):
                # The giver's bank does not affect time from elsewhere, which runs first.
                self.credits.append(self.credits.pop(0))
                continue
            if first.key in self.disputed:
                # Access is suspended once the disputed time begins, or within a day if that is earlier than expected.
                self.disputed.discard(first.key)
                self.kept_out[f"dispute about {first.key}"] = until - span + timedelta(days=1)
                self.slack += timedelta(days=1)
                return
            if span <= NOTHING:
                break
            used = min(first.left, span)
            first.left, span = first.left - used, span - used
            if not first.left:
                self.credits.pop(0)
        has_grace = self.grace_until is not None and since < self.grace_until
        if span > NOTHING and (has_grace or self.at_bank is not None):
            self.unpaid += span

    def switch_to(self, other: Account, period: str | None, rest: timedelta, at: datetime, *, is_cheaper: bool) -> None:
        """Switch the subscription to another plan. A day keeps the plan that it was bought or granted for: only the
        rest of the provider's running period goes along, whose difference the provider charges. The time left of the
        more expensive plan is used before the other plan begins; the time of the cheaper plan waits.

        period: key of the provider's running period. rest: time left of that period
        """
        for each in (*self.credits, *self.waiting):
            moved = min(each.left, rest) if each.key == period else NOTHING
            if moved and self.first:
                other.waiting.append(Credit(each.key, each.start, moved, self.ref))
            elif moved:
                other.add(each.key, each.start, moved)
            each.left -= moved
        self.credits = [each for each in self.credits if each.left] if self.owed > LEAST else []
        self.waiting = [each for each in self.waiting if each.left]
        other.line, other.ref, self.ref = self.ref, self.ref, None
        other.at_bank, self.at_bank = self.at_bank, None
        other.moved_from = self.plan if other.at_bank is not None or self.unpaid else None
        other.moved_at, other.unpaid_before = at, self.unpaid
        other.disputed_last, self.disputed_last = self.disputed_last, None
        other.slack = max(self.slack, other.slack)
        other.grace_announced, other.end_announced = self.grace_announced, False
        other.grace_until, other.unpaid, self.grace_until, self.unpaid = self.grace_until, self.unpaid, None, NOTHING
        other.first |= self.first - {other.plan}
        if is_cheaper and self.owed:
            other.first.add(self.plan)
            return
        self.make_way(other)

    def make_way(self, other: Account) -> None:
        """Let all time wait for a plan that takes the place of this one."""
        other.kept_out |= self.kept_out
        other.first.discard(self.plan)
        self.waiting += [replace(each, line=other.line) for each in self.credits]
        self.line = other.line
        self.credits, self.kept_out = [], {}

    def resume(self, at: datetime, lines: Collection[str | None]) -> None:
        """Let the time run that waited in these subscriptions."""
        for each in self.waiting:
            if each.line not in lines:
                continue
            same = next((known for known in self.credits if known.key == each.key), None)
            if same is not None:
                same.left += each.left
            else:
                self.add(each.key, at, each.left)
        self.waiting = [each for each in self.waiting if each.line not in lines]
