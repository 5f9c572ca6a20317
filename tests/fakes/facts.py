"""In-memory repository of the provider's reports, of holds and of requests for refunds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from subscriptions.domain.entities.hold import Hold, HoldReason
from subscriptions.domain.entities.refund_request import RefundRequest
from subscriptions.domain.ids import PaymentId, SubscriptionId, new_uuid
from subscriptions.domain.ports.payment_facts import SubscriptionSnapshot
from subscriptions.domain.ports.repositories.facts import is_repeated, without_identity
from tests.fakes.memory import Rows, Working


@dataclass(kw_only=True)
class Report:
    """Row of `provider_reports`."""

    subscription_id: SubscriptionId
    number: int
    report: SubscriptionSnapshot


class MemoryFacts:
    """In-memory FactRepository."""

    def __init__(self, working: Working) -> None:
        self._reports: Rows[Report] = Rows(
            working, "provider_reports", lambda row: (row.subscription_id, row.report.fetched_at, row.number)
        )
        self._holds: Rows[Hold] = Rows(
            working,
            "holds",
            lambda hold: hold.id,
            {"open": lambda hold: (hold.subscription_id, hold.reason) if hold.until is None else None},
        )
        self._requests: Rows[RefundRequest] = Rows(
            working,
            "refund_requests",
            lambda request: request.operation,
            {"one_request_per_refund": lambda request: request.refund_id},
        )

    async def report(self, subscription_id: SubscriptionId, snapshot: SubscriptionSnapshot) -> None:
        report = without_identity(snapshot)
        known = await self.reports_of(subscription_id)
        earlier = [each for each in known if each.fetched_at <= report.fetched_at]
        if not earlier or not is_repeated(report, earlier[-1]):
            self._reports.add_if_new(Report(subscription_id=subscription_id, number=len(known), report=report))

    async def reports_of(self, subscription_id: SubscriptionId) -> Sequence[SubscriptionSnapshot]:
        rows = self._reports.many(
            lambda row: row.subscription_id == subscription_id,
            order=lambda row: (row.report.fetched_at, row.number),
        )
        return [row.report for row in rows]

    async def hold(self, subscription_id: SubscriptionId, reason: HoldReason, since: datetime, cause: str) -> None:
        self._holds.add_if_new(
            Hold(id=new_uuid(), subscription_id=subscription_id, reason=reason, since=since, cause=cause)
        )

    async def release(self, subscription_id: SubscriptionId, reason: HoldReason, until: datetime) -> None:
        hold = self._holds.one(
            lambda each: each.subscription_id == subscription_id and each.reason is reason and each.until is None,
            lock=True,
        )
        if hold is not None:
            self._holds.save(replace(hold, until=until))

    async def holds_of(self, subscription_id: SubscriptionId) -> Sequence[Hold]:
        return self._holds.many(
            lambda each: each.subscription_id == subscription_id, order=lambda each: (each.since, each.id)
        )

    async def ask(self, request: RefundRequest) -> bool:
        return self._requests.add_if_new(request)

    async def requests_of(self, payment_id: PaymentId, *, lock: bool = False) -> Sequence[RefundRequest]:
        return self._requests.many(
            lambda each: each.payment_id == payment_id, order=lambda each: (each.asked_at, each.operation), lock=lock
        )

    async def save_request(self, request: RefundRequest) -> None:
        self._requests.save(request)
