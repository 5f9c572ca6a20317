"""Repositories of payments, reversals and numbered receipts."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, all_, exists, literal, select

from subscriptions.domain.entities.ledger import IMPORT_NOTE
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId, SubscriptionId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import (
    disputes,
    ledger_entries,
    orders,
    payments,
    receipts,
    refunds,
)
from subscriptions.infrastructure.repositories.number_series import next_number
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit

PAYMENT: Final = RowMapper(Payment)

REFUND: Final = RowMapper(Refund)
DISPUTE: Final = RowMapper(Dispute)

RECEIPT: Final = RowMapper(Receipt)


_OLDEST: Final = (receipts.c.issued_at.asc(), receipts.c.number.asc(), receipts.c.id.asc())


def _of_paid_order(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that the payment's order is paid and also meets the conditions `more`."""
    return exists().where(orders.c.id == payments.c.order_id, orders.c.status == OrderStatus.PAID.value, *more)


class SqlPaymentRepository(Repository[PaymentId, Payment]):
    """PaymentRepository in PostgreSQL."""

    table = payments
    mapper = PAYMENT

    async def with_ids(self, payment_ids: Collection[PaymentId]) -> Sequence[Payment]:
        """Implements `PaymentReader.with_ids`."""
        return await self._rows.many(payments.c.id.in_(payment_ids), order=(payments.c.id,)) if payment_ids else []

    async def by_key(self, provider: str, payment_key: str) -> Payment | None:
        """Return the payment with this key at the provider; None if there is none."""
        return await self._rows.one(provider=provider, payment_key=payment_key)

    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[Payment]:
        """Return a customer's payments, the newest first."""
        return await self._rows.all(
            select(payments)
            .where(payments.c.customer_id == customer_id)
            .order_by(payments.c.occurred_at.desc(), payments.c.id)
            .limit(limit)
        )

    async def of_order(self, order_id: OrderId) -> Sequence[Payment]:
        """Return an order's payments, in the order in which they occurred."""
        columns = payments.c
        return await self._rows.many(order_id=order_id, order=(columns.occurred_at, columns.id))

    async def list_unlisted(
        self, provider: str, start: datetime, end: datetime, keys: Collection[str], limit: int
    ) -> Sequence[Payment]:
        """Return the payments at one provider from `start` up to `end`, excluding `end`, whose keys are not in `keys`,
        the oldest first.
        """
        columns = payments.c
        statement = select(payments).where(
            columns.provider == provider,
            columns.occurred_at >= start,
            columns.occurred_at < end,
            columns.payment_key != all_(literal(list(keys), ARRAY(Text))),
        )
        return await self._rows.all(statement.order_by(columns.occurred_at, columns.id).limit(limit))

    async def waiting_parts(self, order_ids: Collection[OrderId]) -> Sequence[Payment]:
        """Return the captured partial payments of the given orders that are not fully paid, the oldest first."""
        columns = payments.c
        return await self._rows.many(
            columns.order_id.in_(order_ids),
            columns.part,
            columns.status == PaymentStatus.CAPTURED.value,
            columns.subscription_id.is_(None),
            ~_of_paid_order(),
            order=(columns.occurred_at, columns.id),
        )


class SqlReversalRepository:
    """ReversalRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._refunds = TableStore(unit, refunds, REFUND)
        self._disputes = TableStore(unit, disputes, DISPUTE)

    async def add_refund_if_new(self, refund: Refund) -> bool:
        """Add a refund. Return False if the refund is already recorded."""
        return await self._refunds.add_if_new(refund)

    async def get_refund(self, refund_id: UUID) -> Refund | None:
        return await self._refunds.one(id=refund_id)

    async def refund_by_key(self, provider: str, refund_key: str) -> Refund | None:
        """Return the refund with this key at the provider; None if there is none."""
        return await self._refunds.one(provider=provider, refund_key=refund_key)

    async def save_refund(self, refund: Refund) -> None:
        await self._refunds.save(refund)

    async def refunds_of(self, payment_id: PaymentId) -> Sequence[Refund]:
        """Return a payment's refunds, in the order in which they occurred."""
        return await self._refunds.many(payment_id=payment_id, order=(refunds.c.occurred_at, refunds.c.id))

    async def get_dispute(self, dispute_id: UUID) -> Dispute | None:
        return await self._disputes.one(id=dispute_id)

    async def dispute_by_key(self, provider: str, dispute_key: str) -> Dispute | None:
        """Return the dispute with this key at the provider; None if there is none."""
        return await self._disputes.one(provider=provider, dispute_key=dispute_key)

    async def save_dispute(self, dispute: Dispute) -> None:
        await self._disputes.save(dispute)

    async def disputes_of(self, payment_ids: Collection[PaymentId]) -> Sequence[Dispute]:
        """Return the payments' disputes, in the order in which they were opened."""
        columns = disputes.c
        return await self._disputes.many(columns.payment_id.in_(payment_ids), order=(columns.opened_at, columns.id))

    async def open_disputes(self, subscription_id: SubscriptionId) -> Sequence[Dispute]:
        """Return the open disputes about a subscription's payments, which suspend its access."""
        return await self._disputes.all(
            select(disputes)
            .join(payments, payments.c.id == disputes.c.payment_id)
            .where(payments.c.subscription_id == subscription_id, disputes.c.status == DisputeStatus.OPEN.value)
            .order_by(disputes.c.opened_at)
        )


class SqlReceiptRepository(Repository[UUID, Receipt]):
    """ReceiptRepository in PostgreSQL."""

    table = receipts
    mapper = RECEIPT

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._payments = TableStore(unit, payments, PAYMENT)

    async def issue(self, receipt: Receipt) -> bool:
        """Assign a number to a receipt and store it. Return False if it was issued before. Raises RetryLater if another
        unit of work issued it at the same time.
        """
        if await self._rows.one(kind=receipt.kind, source_id=receipt.source_id) is not None:
            return False
        receipt.number = await next_number(self._unit, receipt.series, receipt.year)
        if not await self._rows.add_if_new(receipt):
            # The rollback of this unit of work makes the number available again.
            raise RetryLater("this receipt was issued at the same moment")
        return True

    async def of_order(self, order_id: OrderId) -> Sequence[Receipt]:
        """Return the receipts of an order, the oldest first."""
        return await self._rows.many(order_id=order_id, order=_OLDEST)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Receipt]:
        """Return the receipts of a payment, the oldest first."""
        return await self._rows.many(payment_id=payment_id, order=_OLDEST)

    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[Receipt]:
        """Return a customer's receipts, the newest first."""
        newest = (receipts.c.issued_at.desc(), receipts.c.number.desc(), receipts.c.id)
        mine = select(receipts).where(receipts.c.customer_id == customer_id)
        return await self._rows.all(mine.order_by(*newest).limit(limit))

    async def list_lacking(self, start: datetime, limit: int) -> Sequence[Payment]:
        """Return the payments recorded since `start` that are not under review and lack a receipt, the oldest first.
        Payments that were made in another system are left out.
        """
        columns, entries = payments.c, ledger_entries.c
        own = (receipts.c.kind == str(ReceiptKind.RECEIPT)) & (receipts.c.source_id == columns.id)
        # A gift has a subscription only after the recipient opens it, which may never happen.
        is_sale = columns.subscription_id.is_not(None) | _of_paid_order(orders.c.gift)
        is_import = (entries.payment_id == columns.id) & (entries.note == IMPORT_NOTE)
        is_import &= entries.subscription_id == columns.subscription_id
        conditions = (columns.flag.is_(None), is_sale, columns.amount_minor > 0, ~exists().where(is_import))
        statement = select(payments).where(*conditions, columns.recorded_at >= start, ~exists().where(own))
        return await self._payments.all(statement.order_by(columns.recorded_at, columns.id).limit(limit))

    async def list_between(self, start: datetime, end: datetime) -> Sequence[Receipt]:
        """Return the receipts issued from `start` up to `end`, excluding `end`, ordered by series, year and number."""
        columns = receipts.c
        return await self._rows.many(
            columns.issued_at >= start,
            columns.issued_at < end,
            order=(columns.series.asc(), columns.year.asc(), columns.number.asc()),
        )
