"""Lookup of the invoices that were issued for a payment."""

from collections.abc import Sequence

from features.invoices.domain.invoice import InvoiceRecord, RecordKind, RecordState
from features.invoices.ports import INVOICES_KEY
from subscriptions.application.staff.command import NothingToDo
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def issued_of(uow: UnitOfWork, payment_id: PaymentId) -> Sequence[InvoiceRecord]:
    """Return the newest record of each invoice of a payment that is not canceled, oldest invoice first."""
    newest = {record.receipt_id: record for record in await uow.of(INVOICES_KEY).of_payment(payment_id)}
    return [record for record in newest.values() if record.kind is RecordKind.INVOICE]


async def issued_to_change(uow: UnitOfWork, payment_id: PaymentId) -> Sequence[InvoiceRecord]:
    """Return the newest record of each invoice of a payment that is not canceled, oldest invoice first.

    Raises NothingToDo if there is no invoice, or if the tax office has not answered about an invoice yet.
    """
    records = await issued_of(uow, payment_id)
    if not records:
        raise NothingToDo("there is no invoice of it here, or it is cancelled already")
    if any(each.state is RecordState.WAITING for each in records):
        raise NothingToDo("the tax office has not answered about it yet")
    return records
