"""Transmission of invoice records to the tax office, in order and at the pace that the tax office demands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from features.invoices.alarms import PATIENCE, InvoiceFlawed, TaxOfficeSilent
from features.invoices.domain.invoice import InvoiceRecord, RecordState
from features.invoices.ports import AT_ONCE, INVOICES_KEY, RecordAnswer, TaxOffice, TaxOfficeFailed
from subscriptions.domain.entities.variable import moment
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

DELAY: Final = timedelta(seconds=240)
"""Maximum age of a record that still counts as sent in time. An older record is sent with the declaration of an
incident, as the tax office requires.
"""
REST: Final = timedelta(minutes=1)
"""Delay after a failed call to the tax office."""
RETRY_AT: Final = moment("tax_office_rests")
"""Variable with the time before which no records are sent to the tax office."""


@dataclass(frozen=True)
class SendRecords:
    """Use case that sends invoice records to the tax office. tax_office: None if this process issues no invoices."""

    units: UnitOfWorkFactory
    clock: Clock
    tax_office: TaxOffice | None

    async def __call__(self) -> None:
        """Send the waiting records in one call, unless the tax office demanded a pause or the previous call failed less
        than `REST` ago.
        """
        if self.tax_office is None:
            return
        async with self.units() as uow:
            retry_at, records = await uow.variables.get(RETRY_AT), await uow.of(INVOICES_KEY).list_waiting(AT_ONCE)
        now = self.clock.now()
        if not records or (retry_at is not None and now < retry_at):
            return
        try:
            answer = await self.tax_office.send(records, is_late=now - records[0].made_at > DELAY)
        except TaxOfficeFailed as failure:
            await self._put_off(now, records[0], str(failure))
            return
        async with self.units() as uow:
            for record in records:
                if record.id in answer.records:
                    await _take(uow, record, answer.records[record.id], answer.csv, now)
            await uow.variables.set(RETRY_AT, now + answer.wait)
            await uow.commit()
        log.info("invoice records sent", records=len(records), answered=len(answer.records))

    async def _put_off(self, now: datetime, oldest: InvoiceRecord, reason: str) -> None:
        log.warning("the tax office took nothing", reason=reason)
        async with self.units() as uow:
            await uow.variables.set(RETRY_AT, now + REST)
            if now - oldest.made_at >= PATIENCE:
                alarm = TaxOfficeSilent(since=oldest.made_at, reason=reason)
                uow.record(alarm.raise_event(f"tax_office_silent:{oldest.id}", now))
            await uow.commit()


async def _take(uow: UnitOfWork, record: InvoiceRecord, answer: RecordAnswer, csv: str | None, now: datetime) -> None:
    record.state, record.code, record.reason = answer.state, answer.code, answer.reason
    record.csv, record.sent_at = csv, now
    await uow.of(INVOICES_KEY).save_answer(record)
    if record.state in {RecordState.REFUSED, RecordState.FLAWED}:
        alarm = InvoiceFlawed(
            customer=record.customer_id,
            invoice=record.label,
            reason=": ".join(filter(None, (record.code, record.reason))),
        )
        uow.record(alarm.raise_event(f"invoice_flawed:{record.id}", now))
