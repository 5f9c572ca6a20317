"""Issue of an invoice as a numbered record, chained to the previous record."""

from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final
from uuid import UUID

import structlog

from features.invoices.domain.chain import hash_of, link_of
from features.invoices.domain.events import InvoiceIssued
from features.invoices.domain.invoice import (
    InvoiceKind,
    InvoiceRecord,
    InvoiceRequest,
    Issuer,
    RecordKind,
    RecordState,
)
from features.invoices.ports import INVOICES_KEY
from subscriptions.domain.entities.receipt import NEW_SERIES, Receipt
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.vat import rate_of

log = structlog.get_logger(__name__)

SERIES: Final = {
    InvoiceKind.FULL: "",
    InvoiceKind.REPLACEMENT: "",
    InvoiceKind.CORRECTION: "R",
    InvoiceKind.SIMPLIFIED: "S",
    InvoiceKind.SIMPLIFIED_CORRECTION: "SR",
}
"""Suffixes of the invoice series, keyed by kind of invoice: simplified invoices and corrections have separate series
(RD 1619/2012, article 6.1.a).
"""


@dataclass(frozen=True)
class IssueInvoice:
    """Use case of the job that creates invoice records. Each record of an invoice is created once, however often the
    job runs.

    issuer: None if this process issues no invoices. zone: time zone of invoice dates.
    """

    units: UnitOfWorkFactory
    clock: Clock
    issuer: Issuer | None
    zone: tzinfo

    async def __call__(self, receipt_id: UUID, kind: RecordKind, revision: int) -> None:
        """Create the record. Raises RetryLater while an invoice to correct is not issued yet, and Permanent for a
        problem that staff must fix first, such as a missing setting.
        """
        async with self.units() as uow:
            request, receipt = await uow.of(INVOICES_KEY).request_of(receipt_id), await uow.receipts.get(receipt_id)
            if request is None or receipt is None:
                log.info("nobody asked for an invoice of it", receipt=receipt_id)
                return
            if self.issuer is None:
                raise Permanent(
                    "VERIFACTU_NIF is not set where the worker runs: put it there with the other settings of the page"
                    " about invoices, restart the worker, then repeat this job"
                )
            record = await self._next_record(uow, self.issuer, request, receipt, kind, revision)
            if record is None or not await uow.of(INVOICES_KEY).append(record):
                return
            uow.record(InvoiceIssued(record.customer_id, record.id))
            await uow.commit()
        log.info("invoice record made", number=record.label, kind=str(kind), position=record.position)

    async def _next_record(
        self,
        uow: UnitOfWork,
        issuer: Issuer,
        request: InvoiceRequest,
        receipt: Receipt,
        kind: RecordKind,
        revision: int,
    ) -> InvoiceRecord | None:
        """Return the next record of the chain; None if the invoice already has this record or is canceled."""
        previous, own = await uow.of(INVOICES_KEY).get_last(), await uow.of(INVOICES_KEY).of_receipt(receipt.id)
        replaceable = own[0] if own and _is_replaced(own[0], request) else None
        own = [each for each in own if each.label == own[0].label] if replaceable is None else []
        if any((each.kind, each.revision) == (kind, revision) or each.kind is RecordKind.CANCELLATION for each in own):
            return None
        record = own[0] if own else await self._first_record(uow, issuer, request, receipt, previous, replaceable)
        record = replace(
            record,
            id=new_uuid(),
            kind=kind,
            revision=revision,
            rejected=bool(own) and own[0].state is RecordState.REFUSED,
            # If the buyer was erased in the meantime, only the invoice itself contains the data.
            buyer_tax_id=request.tax_id or record.buyer_tax_id,
            buyer_name=request.name or record.buyer_name,
            buyer_address=request.address or record.buyer_address,
            position=previous.position + 1 if previous is not None else 1,
            before=previous.label if previous is not None else None,
            before_on=previous.issued_on if previous is not None else None,
            before_hash=previous.hash if previous is not None else None,
            stamp=self.clock.now().astimezone(self.zone).isoformat(timespec="seconds"),
            state=RecordState.WAITING,
            code=None,
            reason=None,
            csv=None,
            sent_at=None,
        )
        record.hash, record.link = hash_of(record), link_of(record, issuer.office)
        return record

    async def _first_record(
        self,
        uow: UnitOfWork,
        issuer: Issuer,
        request: InvoiceRequest,
        receipt: Receipt,
        previous: InvoiceRecord | None,
        replaced_record: InvoiceRecord | None,
    ) -> InvoiceRecord:
        """Return the first record of a new invoice, with its number. replaced_record: record that the new one replaces.

        Raises RetryLater while the invoice to correct has no record yet, and Permanent as `_refuse_change` does.
        """
        original = replaced_record
        if receipt.corrects is not None:
            original = next(iter(await uow.of(INVOICES_KEY).of_receipt(receipt.corrects)), None)
            if original is None or _is_replaced(original, request):
                raise RetryLater("the invoice that it corrects is not issued yet")
        kind_of_invoice = _kind_of(request, receipt, original)
        day, tax = self.clock.now().astimezone(self.zone).date(), receipt.signed_tax
        letters = await uow.variables.get(NEW_SERIES)
        series = f"{issuer.series}{SERIES[kind_of_invoice]}{letters or ''}"
        _refuse_change(issuer, previous, day.year)
        return InvoiceRecord(
            id=new_uuid(),
            position=0,
            kind=RecordKind.INVOICE,
            receipt_id=receipt.id,
            customer_id=receipt.customer_id,
            letters=issuer.series,
            series=series,
            year=day.year,
            number=await uow.of(INVOICES_KEY).next_number(series, day.year),
            kind_of_invoice=kind_of_invoice,
            issued_on=day,
            sold_on=receipt.issued_at.astimezone(self.zone).date(),
            issuer_tax_id=issuer.tax_id,
            issuer_name=issuer.name,
            issuer=receipt.issuer,
            buyer_tax_id=original.buyer_tax_id if original is not None else "",
            buyer_name=original.buyer_name if original is not None else "",
            buyer_address=original.buyer_address if original is not None else "",
            description=receipt.plan_name,
            total_minor=receipt.signed_amount.minor,
            tax_minor=tax.minor if tax is not None else 0,
            rate=original.rate if original is not None else rate_of(receipt.amount, receipt.tax_minor or 0),
            corrects=original.label if original is not None else None,
            corrected_on=original.issued_on if original is not None else None,
            stamp="",
            hash="",
            link="",
        )


def _is_replaced(record: InvoiceRecord, request: InvoiceRequest) -> bool:
    """Return True if the record is a simplified invoice and the request now asks for a full invoice."""
    is_simplified = record.kind_of_invoice is InvoiceKind.SIMPLIFIED and record.kind is RecordKind.INVOICE
    return is_simplified and bool(request.tax_id)


def _kind_of(request: InvoiceRequest, receipt: Receipt, original: InvoiceRecord | None) -> InvoiceKind:
    """Return the kind of invoice. original: invoice that the new one corrects or replaces."""
    if receipt.corrects is None:
        full = InvoiceKind.FULL if original is None else InvoiceKind.REPLACEMENT
        return full if request.tax_id else InvoiceKind.SIMPLIFIED
    names_buyer = original is not None and original.kind_of_invoice.names_buyer
    return InvoiceKind.CORRECTION if names_buyer else InvoiceKind.SIMPLIFIED_CORRECTION


def _refuse_change(issuer: Issuer, previous: InvoiceRecord | None, year: int) -> None:
    """Raise Permanent if the issuer's tax number differs from that of the chain, or if the series differs from that of
    the invoices issued earlier in the year.
    """
    if previous is None:
        return
    if previous.issuer_tax_id != issuer.tax_id:
        raise Permanent(
            f"VERIFACTU_NIF is {issuer.tax_id}, but the chain of records is of {previous.issuer_tax_id}: put that back,"
            " for who issues under another number begins in a database of their own; then repeat this job"
        )
    if previous.year == year and previous.letters != issuer.series:
        raise Permanent(
            f"INVOICE_SERIES is {issuer.series}, but the invoices of {year} have {previous.letters}: put that back, and"
            " change it with the first invoice of a year; then repeat this job"
        )
