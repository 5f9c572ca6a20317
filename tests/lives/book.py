"""What somebody is owed, by what was paid, given, taken and told in the world; nothing is read from the product."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

NOTHING = timedelta()


@dataclass
class Credit:
    """Time that is owed. key: of the payment it came by, or of what was given. start: from when on it counts."""

    key: str
    start: datetime
    left: timedelta


@dataclass
class Account:
    """One person's time of one plan. kept_out: the reasons for which we do not let them in. grace_until: how long an
    unpaid charge leaves them inside. unpaid: how long they were inside on credit. slack: what roundings may have cost.
    grace_told: until when they were told that they stay though a charge failed. ref: what charges for it; refs_before:
    what was paid beside, and may go on. bridged_until: when it charges again whom we let in in a period that nobody
    paid. end_told: they were told of its end with the money that went back.
    """

    plan: str
    credits: list[Credit] = field(default_factory=list)
    kept_out: dict[str, datetime] = field(default_factory=dict)
    resting: bool = False
    for_life: bool = False
    grace_until: datetime | None = None
    unpaid: timedelta = NOTHING
    slack: timedelta = NOTHING
    ref: str | None = None
    refs_before: list[str] = field(default_factory=list)
    grace_told: datetime | None = None
    bridged_until: datetime | None = None
    end_told: bool = False

    @property
    def owed(self) -> timedelta:
        return sum((each.left for each in self.credits), NOTHING)

    def owed_but(self, keys: Collection[str]) -> timedelta:
        """What is owed but for these payments."""
        return sum((each.left for each in self.credits if each.key not in keys), NOTHING)

    def add(self, key: str, start: datetime, length: timedelta) -> None:
        self.end_told = False
        if all(each.key != key for each in self.credits):
            self.credits.append(Credit(key, start, length))
            self.credits.sort(key=lambda each: each.start)

    def drop(self, key: str) -> timedelta:
        """Money went back: what is left of its time is owed no more."""
        gone = sum((each.left for each in self.credits if each.key == key), NOTHING)
        self.credits = [each for each in self.credits if each.key != key]
        return gone

    def shorten(self, by: timedelta) -> None:
        """Days that are taken come off the end."""
        while by > NOTHING and self.credits:
            last = self.credits[-1]
            taken = min(last.left, by)
            last.left, by = last.left - taken, by - taken
            if not last.left:
                self.credits.pop()

    def stretch(self, key: str, length: timedelta) -> None:
        """What a payment gave, of which nothing has been had, is as long as that."""
        for each in self.credits:
            if each.key == key:
                each.left = length

    def left_of(self, key: str) -> timedelta:
        return sum((each.left for each in self.credits if each.key == key), NOTHING)

    def pass_time(self, since: datetime, until: datetime) -> None:
        """They are inside, and have it."""
        if self.kept_out:
            return
        span = until - since
        while span > NOTHING and self.credits:
            first = self.credits[0]
            used = min(first.left, span)
            first.left, span = first.left - used, span - used
            if not first.left:
                self.credits.pop(0)
        if span > NOTHING and self.grace_until is not None and since < self.grace_until:
            self.unpaid += span

    def move_to(self, other: Account) -> None:
        """All of it is time of another plan by now."""
        for each in self.credits:
            other.add(each.key, each.start, each.left)
        other.kept_out |= self.kept_out
        other.grace_until, other.unpaid, other.ref = self.grace_until, self.unpaid, self.ref
        other.slack = max(self.slack, other.slack)
        other.grace_told, other.end_told = self.grace_told, False
        self.credits, self.kept_out, self.grace_until, self.unpaid, self.ref = [], {}, None, NOTHING, None
