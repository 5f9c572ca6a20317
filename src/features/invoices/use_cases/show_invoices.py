"""List of a customer's own invoices, for the customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from features.invoices.domain.invoice import InvoiceRecord, RecordKind
from features.invoices.ports import INVOICES_KEY
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

LOOKED_AT: Final = 40


@dataclass(frozen=True)
class ShowInvoices:
    """Use case that lists a customer's newest invoices that are not canceled, each with its newest record."""

    units: UnitOfWorkFactory

    async def __call__(self, telegram_id: TelegramId) -> Sequence[InvoiceRecord]:
        """Return the invoices, newest first; empty for an unknown person."""
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
            records = await uow.of(INVOICES_KEY).of_customer(customer.id, LOOKED_AT) if customer is not None else []
        newest: dict[UUID, InvoiceRecord] = {}
        for record in records:
            newest.setdefault(record.receipt_id, record)
        return [record for record in newest.values() if record.kind is RecordKind.INVOICE]

    async def one(self, telegram_id: TelegramId, record_id: UUID) -> InvoiceRecord | None:
        """Return one of the customer's invoices by the id of its newest record; None if that invoice is not in the
        list.
        """
        return next((each for each in await self(telegram_id) if each.id == record_id), None)
