"""Calculation of billing periods from the next billing date, because PayPal never states when a period began.

PayPal bills in batches: `next_billing_time` is 10:00 UTC of a day, and the charge follows some hours later. Right after
the start, `next_billing_time` may still be the start itself (PayPal-PHP-SDK#681, paypal-checkout-components#1336).
"""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self, TypeAlias

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.infrastructure.providers.reader import Node

Period: TypeAlias = tuple[datetime | None, datetime | None]
NO_PERIOD: Final[Period] = (None, None)

LONGEST: Final = {Interval.DAY: 365, Interval.WEEK: 52, Interval.MONTH: 12, Interval.YEAR: 1}
"""Maximum number of units between two charges of a billing plan, keyed by unit."""

PERIODS: Final = frozenset((unit, count) for unit, most in LONGEST.items() for count in range(1, most + 1))

_DAYS: Final = {Interval.DAY: 1, Interval.WEEK: 7}
_MONTHS: Final = {Interval.MONTH: 1, Interval.YEAR: 12}
_PAUSED: Final = "paused"
_NOTE: Final = re.compile(rf"{_PAUSED}=(?P<starts>[0-9TZ:-]{{20}})/(?P<until>[0-9TZ:-]{{20}})\Z")
_STALE: Final = timedelta(days=7)
_SLACK = timedelta(days=1)
_TRIAL_MARGIN = timedelta(hours=12)


@dataclass(frozen=True)
class Rhythm:
    """Billing interval. `day`: day of the month on which the subscription started; in a shorter month, the last day is
    used.
    """

    unit: Interval
    count: int
    day: int | None = None

    def step(self, moment: datetime, times: int) -> datetime:
        """Return the timestamp that is a number of periods later, or earlier if the number is negative."""
        if self.unit in _DAYS:
            return moment + timedelta(days=_DAYS[self.unit] * self.count * times)
        months = moment.year * 12 + moment.month - 1 + _MONTHS[self.unit] * self.count * times
        year, month = divmod(months, 12)
        month_length = calendar.monthrange(year, month + 1)[1]
        return moment.replace(year=year, month=month + 1, day=min(self._day_of(moment), month_length))

    def _day_of(self, moment: datetime) -> int:
        """Return the original day of the month for a date that a short month moved to its last day."""
        month_length = calendar.monthrange(moment.year, moment.month)[1]
        is_hidden = self.day is not None and self.day > moment.day == month_length
        return self.day if is_hidden and self.day is not None else moment.day


@dataclass(frozen=True)
class Pause:
    """Paused period. `end`: time of the next charge."""

    starts: datetime
    end: datetime

    @property
    def note(self) -> str:
        """Reason text that records the pause at PayPal, both for the suspension and for a reactivation after the pause
        began.
        """
        return f"{_PAUSED}={format_time(self.starts)}/{format_time(self.end)}"

    @classmethod
    def parse(cls, note: str | None) -> Self | None:
        """Parse a pause from a reason text. Return None for any other reason."""
        match = _NOTE.match(note or "")
        starts, end = (Node(match["starts"]).moment(), Node(match["until"]).moment()) if match else (None, None)
        return cls(starts, end) if starts is not None and end is not None else None


def period_at(moment: datetime, anchor: datetime, rhythm: Rhythm) -> tuple[datetime, datetime]:
    """Return the period that a charge at `moment` pays for. `anchor`: start of any period, earlier or later.

    A charge may precede its period slightly.
    """
    length = rhythm.step(anchor, 1) - anchor
    moment += min(_SLACK, length / 4)
    turns = (moment - anchor) // length
    while rhythm.step(anchor, turns) > moment:
        turns -= 1
    while rhythm.step(anchor, turns + 1) <= moment:
        turns += 1
    return rhythm.step(anchor, turns), rhythm.step(anchor, turns + 1)


def format_time(moment: datetime) -> str:
    """Format a timestamp in PayPal's format."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def next_billing(subscription: Node) -> datetime | None:
    """Return the next billing date, or None if PayPal does not state one, as for a suspended or ended subscription."""
    told_at = subscription.moment("billing_info", "next_billing_time")
    return told_at or subscription.moment("agreement_details", "next_billing_date")


def in_trial(subscription: Node, now: datetime) -> bool:
    """Return True if billing starts later, because of our start time or of a trial in a manually created
    billing plan.
    """
    starts = subscription.moment("start_time")
    trials = [each for each in subscription.items("billing_info", "cycle_executions") if is_trial(each)]
    if any((each.count("cycles_remaining") or 0) > 0 for each in trials):
        return True
    made_at = subscription.moment("create_time")
    starts_later = starts is not None and made_at is not None and starts - made_at > _TRIAL_MARGIN
    return (
        starts_later
        and starts is not None
        and starts > now
        and not subscription.at("billing_info", "last_payment").value
    )


def noted_pause(subscription: Node) -> Pause | None:
    """Return the pause recorded in the reason of the last status change; None if the reason records no pause."""
    return Pause.parse(subscription.text("status_change_note"))


def pause_of(subscription: Node, status: str, now: datetime) -> Pause | None:
    """Return the pause if it is scheduled or in progress; otherwise None. `status`: PayPal's status."""
    pause, charged_next = noted_pause(subscription), next_billing(subscription)
    if pause is None or status == "SUSPENDED":
        # Long after the pause, the suspension must be a later one that was made without a reason.
        return pause if pause is not None and now < pause.end + _STALE else None
    charged_later = charged_next is not None and charged_next > pause.end + _SLACK
    if status != "ACTIVE" or now < pause.end:
        return pause if status == "ACTIVE" and not charged_later else None
    # If the pause was not ended in time, that cycle was not billed, so the pause lasts until the next cycle.
    is_missed = charged_later and not _tried_since(subscription, pause.starts)
    return Pause(pause.starts, charged_next) if is_missed and charged_next is not None and now < charged_next else None


def _tried_since(subscription: Node, moment: datetime) -> bool:
    """Return True if a charge was made or refused since `moment`."""
    paid_at = subscription.moment("billing_info", "last_payment", "time")
    is_refused = (subscription.count("billing_info", "failed_payments_count") or 0) > 0
    return is_refused or paid_at is None or paid_at >= moment


def rhythm(subscription: Node) -> Rhythm | None:
    """Return the billing interval of the regular price, or None if the subscription's billing plan was not fetched."""
    cycle = regular_cycle(subscription.at("plan"))
    unit, count = cycle.text("frequency", "interval_unit"), cycle.count("frequency", "interval_count") or 1
    started_at = subscription.moment("start_time")
    if unit is None or unit.lower() not in set(Interval) or not 1 <= count <= LONGEST[Interval(unit.lower())]:
        return None
    return Rhythm(Interval(unit.lower()), count, started_at.day if started_at is not None else None)


def regular_cycle(plan: Node) -> Node:
    """Return the billing cycle that repeats indefinitely, which is not a trial."""
    cycles = (each for each in plan.items("billing_cycles") if not is_trial(each))
    return next(cycles, Node(None))


def paid_period(subscription: Node, paid_at: datetime, earlier: Sequence[datetime]) -> tuple[Period, bool]:
    """Return the period that a charge paid for, and whether the charge is a renewal. The period is unknown without the
    billing plan or a start.

    `earlier`: timestamps of earlier charges.
    """
    every = rhythm(subscription)
    anchor = next_billing(subscription) or subscription.moment("start_time")
    if every is None or anchor is None:
        return NO_PERIOD, bool(earlier)
    first_start = period_at(min([*earlier, paid_at]), anchor, every)[0]
    own = period_at(paid_at, anchor, every)[0]
    index = 0
    while every.step(first_start, index) < own:
        index += 1
    # A charge may be made long before its period, but it never pays for a period that is already paid.
    index = max(index, len(earlier))
    return (every.step(first_start, index), every.step(first_start, index + 1)), index > 0


def is_trial(cycle: Node) -> bool:
    """Return True if a billing cycle is a trial."""
    return cycle.text("tenure_type") == "TRIAL"
