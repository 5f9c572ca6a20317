"""Numbered receipts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import payments, receipt_series, receipts
from subscriptions.infrastructure.repositories.payment_repository import PAYMENT
from subscriptions.infrastructure.repositories.store import TableStore, Unit

RECEIPT: Final = RowMapper(Receipt)


class SqlReceiptRepository:
    """ReceiptRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._receipts = TableStore(unit, receipts, RECEIPT)
        self._payments = TableStore(unit, payments, PAYMENT)

    async def issue(self, receipt: Receipt) -> bool:
        """Number and write it. Raises RetryLater where another unit of work did at the same moment."""
        same_source = (receipts.c.kind == str(receipt.kind), receipts.c.source_id == receipt.source_id)
        if await self._receipts.one(*same_source) is not None:
            return False
        receipt.number = await self._next(receipt.series, receipt.year)
        if not await self._receipts.add_if_new(receipt):
            # The number goes back with everything else of this unit of work.
            raise RetryLater("this receipt was issued at the same moment")
        return True

    async def _next(self, series: str, year: int) -> int:
        statement = (
            insert(receipt_series)
            .values(series=series, year=year, last_number=1)
            .on_conflict_do_update(
                index_elements=["series", "year"], set_={"last_number": receipt_series.c.last_number + 1}
            )
            .returning(receipt_series.c.last_number)
        )
        number: int = (await self._unit.connection.execute(statement)).scalar_one()
        return number

    async def get(self, receipt_id: UUID) -> Receipt | None:
        """By its id."""
        return await self._receipts.one(receipts.c.id == receipt_id)

    async def of_order(self, order_id: OrderId) -> Sequence[Receipt]:
        """The oldest first."""
        return await self._receipts.many(receipts.c.order_id == order_id, order=_OLDEST)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Receipt]:
        """The oldest first."""
        return await self._receipts.many(receipts.c.payment_id == payment_id, order=_OLDEST)

    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[Receipt]:
        """The newest first."""
        newest = (receipts.c.issued_at.desc(), receipts.c.number.desc(), receipts.c.id)
        mine = select(receipts).where(receipts.c.customer_id == customer_id)
        return await self._receipts.all(mine.order_by(*newest).limit(limit))

    async def lacking(self, since: datetime, limit: int) -> Sequence[Payment]:
        """The oldest first."""
        columns = payments.c
        own = (receipts.c.kind == str(ReceiptKind.RECEIPT)) & (receipts.c.source_id == columns.id)
        counted = (columns.flag.is_(None), columns.subscription_id.is_not(None), columns.amount_minor > 0)
        statement = select(payments).where(*counted, columns.recorded_at >= since, ~exists().where(own))
        return await self._payments.all(statement.order_by(columns.recorded_at, columns.id).limit(limit))

    async def between(self, start: datetime, end: datetime) -> Sequence[Receipt]:
        """By series, year and number."""
        columns = receipts.c
        return await self._receipts.many(
            columns.issued_at >= start,
            columns.issued_at < end,
            order=(columns.series.asc(), columns.year.asc(), columns.number.asc()),
        )


_OLDEST: Final = (receipts.c.issued_at.asc(), receipts.c.number.asc(), receipts.c.id.asc())
