"""Tests of the independent calculation of access time, for customers with several disputes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from tests.year.facts import Agreement, Capture, Pause, Reversal, everything
from tests.year.reading import Row, fold

BEGAN = datetime(2027, 10, 7, 22, 55, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
PRICE = Money(minor=999, currency="EUR")


def test_two_lost_disputes_remove_only_the_unused_time_of_their_weeks() -> None:
    """Regression found with seed 1: the days compensated for the first dispute delay the time of later payments, which
    then overlaps the second dispute.
    """
    weeks = [BEGAN + number * WEEK for number in range(10)]
    captures = [
        Capture(f"in-{number}", PRICE, start, start + WEEK, start, refunds=[], disputes=[])
        for number, start in enumerate(weeks)
    ]
    out = [
        (datetime(2027, 10, 26, 12, 7, tzinfo=UTC), datetime(2027, 11, 4, 13, 14, tzinfo=UTC)),
        (datetime(2027, 12, 5, 13, 5, tzinfo=UTC), datetime(2027, 12, 19, 7, 44, tzinfo=UTC)),
    ]
    for week, (opened, closed) in zip((2, 8), out, strict=True):
        taken = Reversal(f"dp-{week}", PRICE, True, opened, f"evt-{week}", closed, f"end-{week}")
        captures[week].disputes.append(taken)
    agreement = Agreement("sub-65", 1, "semanal", "order", PRICE, Interval.WEEK, 1, captures)

    end = agreement.paid_until(everything)

    assert end is not None
    inside = end - BEGAN - sum((closed - opened for opened, closed in out), timedelta())
    used_before_it_was_taken_back = out[0][0] - weeks[2]
    assert inside == 8 * WEEK + used_before_it_was_taken_back


def test_customer_keeps_access_after_a_won_dispute_until_the_next_charge() -> None:
    """Regression found with seed 12 of a silent year: the customer is readmitted until the next charge, and the grace
    days begin only if that charge fails.
    """
    month = timedelta(days=30)
    opened, closed = BEGAN + timedelta(days=20), BEGAN + timedelta(days=38)
    dispute = Reversal("dp-1", PRICE, True, opened, "evt-1", closed, "end-1", won=True)
    paid = Capture("in-1", PRICE, BEGAN, BEGAN + month, BEGAN, disputes=[dispute])
    uncharged = [(BEGAN + month, BEGAN + 2 * month)]
    agreement = Agreement("sub-29", 1, "mensual", "order", PRICE, Interval.MONTH, 1, [paid], uncharged=uncharged)

    assert BEGAN + month + (closed - opened) < BEGAN + 2 * month
    assert agreement.paid_until(everything) == BEGAN + 2 * month
    dispute.won = False
    assert agreement.paid_until(everything) == closed


def test_other_paid_time_is_paused_during_a_lost_dispute() -> None:
    """Regression found with seed 5: the second, disputed payment never gave any time, so the time that the first
    payment had left when the hold began counts after the hold.
    """
    day, first, second = timedelta(days=1), uuid4(), uuid4()
    out, back = BEGAN + 3 * day, BEGAN + 9 * day

    def entry(number: int, kind: str, starts_at: datetime, length: timedelta, payment: UUID | None) -> Row:
        facts = {"id": number, "kind": kind, "source_key": f"acme:{number}", "payment_id": payment}
        return {**facts, "starts_at": starts_at, "length": length}

    entries = [
        entry(1, "payment", BEGAN, 4 * day, first),
        entry(2, "payment", BEGAN + day, 4 * day, second),
        entry(3, "dispute", back - HOUR, timedelta(), second),
        entry(4, "compensation", out, back - out, None),
    ]
    assert fold(entries) == back + day


def test_pause_does_not_affect_days_of_earlier_weeks() -> None:
    """Regression found with seed 2: a won dispute moved the paid weeks, so an earlier week ran when the last week was
    paused.
    """
    weeks = [BEGAN + number * WEEK for number in range(3)]
    captures = [Capture(f"in-{number}", PRICE, start, start + WEEK, start) for number, start in enumerate(weeks)]
    opened, closed = BEGAN + timedelta(days=2), BEGAN + timedelta(days=5)
    captures[0].disputes = [Reversal("dp-1", PRICE, True, opened, "evt-1", closed, "end-1", won=True)]
    pauses = [Pause(weeks[2] + timedelta(days=1), "evt-2")]
    agreement = Agreement("sub-73", 1, "semanal", "order", PRICE, Interval.WEEK, 1, captures, pauses=pauses)

    assert agreement.paid_until(everything) == weeks[2] + WEEK + (closed - opened)
    assert agreement.earlier_until(everything) == weeks[2] + (closed - opened)
