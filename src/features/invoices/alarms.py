"""Alarms about invoice records at the tax office."""

from datetime import datetime, timedelta
from typing import Final

from features.invoices.domain.invoice import RecordState
from features.invoices.ports import INVOICES_KEY
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck
from subscriptions.application.alarms.payment_causes import id_in_key
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork

PATIENCE: Final = timedelta(hours=1)
"""Time for which records may wait for the tax office before the owners are alerted."""


async def _is_corrected(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    record_id = id_in_key(alarm)
    record = await uow.of(INVOICES_KEY).get(record_id) if record_id is not None else None
    if record is None:
        return False
    newest = (await uow.of(INVOICES_KEY).of_receipt(record.receipt_id))[0]
    return newest.state is RecordState.ACCEPTED


async def _is_sent(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    return all(now - each.made_at < PATIENCE for each in await uow.of(INVOICES_KEY).list_waiting(1))


class InvoiceFlawed(AlarmKind):
    """Alarm: the tax office refused the record of an invoice, or found errors in it."""

    name = "invoice_flawed"
    closes = ByCheck(_is_corrected)
    customer: CustomerId
    invoice: str
    reason: str


class TaxOfficeSilent(AlarmKind):
    """Alarm: invoice records have waited too long for a response from the tax office."""

    name = "tax_office_silent"
    closes = ByCheck(_is_sent)
    since: datetime
    reason: str
