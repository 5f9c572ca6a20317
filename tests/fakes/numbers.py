"""In-memory calculation of business figures."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Dispute, Refund
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.views import DayNumbers, PlanNumbers
from tests.fakes.memory import Rows, Working
from tests.fakes.returned_money import counts, returned


class MemoryNumbers:
    """In-memory NumbersRepository."""

    def __init__(self, working: Working) -> None:
        self._subscriptions: Rows[Subscription] = Rows(working, "subscriptions", lambda s: s.id)
        self._payments: Rows[Payment] = Rows(working, "payments", lambda p: p.id)
        self._refunds: Rows[Refund] = Rows(working, "refunds", lambda r: r.id)
        self._disputes: Rows[Dispute] = Rows(working, "disputes", lambda d: d.id)

    async def plans(self, start: datetime) -> Sequence[PlanNumbers]:
        known = self._that_gave_time()
        found = [
            PlanNumbers(
                plan_id=plan,
                active=sum(s.is_active for s in known if s.plan_id == plan),
                new=sum(s.created_at >= start for s in known if s.plan_id == plan),
                churn=sum(s.ended_at is not None and s.ended_at >= start for s in known if s.plan_id == plan),
            )
            for plan in {s.plan_id for s in known}
        ]
        live = {s.plan_id for s in known if s.live}
        return sorted(
            [item for item in found if item.plan_id in live or item.new or item.churn],
            key=lambda item: (-item.active, -item.new, item.plan_id),
        )

    async def days(self, edges: Sequence[datetime]) -> Sequence[DayNumbers]:
        known = self._that_gave_time()
        return [self._day(known, begin, end) for begin, end in itertools.pairwise(edges)]

    def _day(self, known: list[Subscription], begin: datetime, end: datetime) -> DayNumbers:
        earned: dict[str, int] = defaultdict(int)
        payments = [payment for payment in self._payments.all() if counts(payment)]
        for payment in payments:
            if begin <= payment.occurred_at < end:
                earned[payment.amount.currency] += payment.amount.minor
        for _, amount, at in returned(payments, self._refunds.all(), self._disputes.all()):
            if begin <= at < end:
                earned[amount.currency] -= amount.minor
        return DayNumbers(
            day=begin,
            active=sum(s.created_at < end and (s.ended_at is None or s.ended_at >= end) for s in known),
            new=sum(begin <= s.created_at < end for s in known),
            churn=sum(s.ended_at is not None and begin <= s.ended_at < end for s in known),
            revenue=tuple(Money(earned[currency], currency) for currency in sorted(earned)),
        )

    def _that_gave_time(self) -> list[Subscription]:
        return [s for s in self._subscriptions.all() if s.access_until is not None]
