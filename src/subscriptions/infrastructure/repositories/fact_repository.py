"""Repository of the provider's reports, of holds and of requests for refunds."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from subscriptions.domain.entities.hold import Hold, HoldReason
from subscriptions.domain.entities.refund_request import RefundRequest
from subscriptions.domain.ids import PaymentId, SubscriptionId, new_uuid
from subscriptions.domain.ports.payment_facts import SubscriptionSnapshot
from subscriptions.domain.ports.repositories.facts import FACTS_KEY, is_repeated, without_identity
from subscriptions.infrastructure.database.codecs import PROVIDER_REPORT
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import holds, provider_reports, refund_requests
from subscriptions.infrastructure.repositories.store import TableStore, Unit

HOLD: Final = RowMapper(Hold)
REFUND_REQUEST: Final = RowMapper(RefundRequest)
_REPORTS: Final = provider_reports.c


class SqlFactRepository:
    """FactRepository in PostgreSQL."""

    key: ClassVar = FACTS_KEY

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._requests = TableStore(unit, refund_requests, REFUND_REQUEST)

    async def report(self, subscription_id: SubscriptionId, snapshot: SubscriptionSnapshot) -> None:
        """Implements `FactRepository.report`."""
        report = without_identity(snapshot)
        statement = select(_REPORTS.report).where(
            _REPORTS.subscription_id == subscription_id, _REPORTS.fetched_at <= report.fetched_at
        )
        newest_first = statement.order_by(_REPORTS.fetched_at.desc(), _REPORTS.number.desc()).limit(1)
        earlier = (await self._unit.connection.execute(newest_first)).scalar_one_or_none()
        if earlier is not None and is_repeated(report, PROVIDER_REPORT.load(earlier)):
            return
        await self._unit.connection.execute(
            insert(provider_reports).values(
                subscription_id=subscription_id, fetched_at=report.fetched_at, report=PROVIDER_REPORT.dump(report)
            )
        )

    async def reports_of(self, subscription_id: SubscriptionId) -> Sequence[SubscriptionSnapshot]:
        """Implements `FactRepository.reports_of`."""
        statement = select(_REPORTS.report).where(_REPORTS.subscription_id == subscription_id)
        rows = await self._unit.connection.execute(statement.order_by(_REPORTS.fetched_at, _REPORTS.number))
        return [PROVIDER_REPORT.load(each) for each in rows.scalars()]

    async def hold(self, subscription_id: SubscriptionId, reason: HoldReason, since: datetime, cause: str) -> None:
        """Implements `FactRepository.hold`."""
        hold = Hold(id=new_uuid(), subscription_id=subscription_id, reason=reason, since=since, cause=cause)
        await self._unit.connection.execute(insert(holds).values(HOLD.to_row(hold)).on_conflict_do_nothing())

    async def release(self, subscription_id: SubscriptionId, reason: HoldReason, until: datetime) -> None:
        """Implements `FactRepository.release`."""
        is_open = (holds.c.subscription_id == subscription_id, holds.c.reason == reason, holds.c.until.is_(None))
        await self._unit.connection.execute(update(holds).where(*is_open).values(until=until))

    async def holds_of(self, subscription_id: SubscriptionId) -> Sequence[Hold]:
        """Implements `FactRepository.holds_of`."""
        statement = select(holds).where(holds.c.subscription_id == subscription_id)
        rows = await self._unit.connection.execute(statement.order_by(holds.c.since, holds.c.id))
        return [HOLD.to_entity(dict(row)) for row in rows.mappings()]

    async def ask(self, request: RefundRequest) -> bool:
        """Implements `FactRepository.ask`."""
        return await self._requests.add_if_new(request)

    async def requests_of(self, payment_id: PaymentId, *, lock: bool = False) -> Sequence[RefundRequest]:
        """Implements `FactRepository.requests_of`."""
        columns = refund_requests.c
        return await self._requests.many(payment_id=payment_id, order=(columns.asked_at, columns.operation), lock=lock)

    async def save_request(self, request: RefundRequest) -> None:
        """Implements `FactRepository.save_request`."""
        await self._requests.save(request)
