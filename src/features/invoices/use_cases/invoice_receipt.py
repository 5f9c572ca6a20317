"""Invoices that are created for a new receipt without a customer's request: simplified invoices, and corrections of
earlier invoices.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from features.invoices.domain.events import InvoiceDue, InvoiceRequested
from features.invoices.domain.invoice import Buyer, InvoiceIssuer, InvoiceRequest, ReadInvoicing, RecordKind
from features.invoices.ports import INVOICES_KEY
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.vat import USUAL, rate_of

SIMPLIFIED_UP_TO: Final = Money(40_000, "EUR")
"""Maximum total of a simplified invoice in euro cents, including tax (RD 1619/2012, article 4.1)."""
NOBODY: Final = Buyer(tax_id="", name="", address="")
"""Empty buyer, for simplified invoices, which name no buyer."""


@dataclass(frozen=True)
class InvoiceReceipt:
    """Use case that requests the automatic invoices of a new receipt. It is called in the transaction that issues the
    receipt.
    """

    read_invoicing: ReadInvoicing

    async def __call__(self, uow: UnitOfWork, receipt: Receipt) -> None:
        """Request the automatic invoice of a new receipt: a correcting invoice for a credit note, or a simplified
        invoice for a sale.
        """
        await self._correct(uow, receipt)
        await self._simplify(uow, receipt)

    async def _correct(self, uow: UnitOfWork, correction: Receipt) -> None:
        """For a credit note, request a correcting invoice if an invoice was requested for the receipt
        that it corrects.
        """
        receipt = await uow.receipts.get(correction.corrects) if correction.corrects is not None else None
        request = await uow.of(INVOICES_KEY).request_of(receipt.id) if receipt is not None else None
        if receipt is not None and request is not None:
            await hand_over(uow, correction, receipt, request.buyer, request.way, correction.issued_at)

    async def _simplify(self, uow: UnitOfWork, receipt: Receipt) -> None:
        """Issue a simplified invoice for a sale, if the operator has chosen simplified invoices for every sale and an
        invoice record can represent this sale.
        """
        choices = self.read_invoicing()
        is_wanted = choices.way is InvoiceIssuer.VERIFACTU and choices.simplified
        if not is_wanted or receipt.kind is not ReceiptKind.RECEIPT or not is_taxed_here(receipt):
            return
        if receipt.amount > SIMPLIFIED_UP_TO:
            return
        await hand_over(uow, receipt, receipt, NOBODY, choices.way, receipt.issued_at)


async def hand_over(
    uow: UnitOfWork, document: Receipt, receipt: Receipt, buyer: Buyer, issuer: InvoiceIssuer, at: datetime
) -> bool:
    """Store the request for an invoice of a document, and queue the invoice record or notify the operator's programs.
    Return False if the request was stored before.

    document: receipt or credit note to invoice. receipt: the document itself, or the receipt that the document corrects
    """
    request = InvoiceRequest(
        id=new_uuid(), receipt_id=document.id, customer_id=document.customer_id, asked_at=at, way=issuer, **vars(buyer)
    )
    if not await uow.of(INVOICES_KEY).ask(request):
        return False
    if request.way is InvoiceIssuer.VERIFACTU:
        uow.record(InvoiceDue(document.id, RecordKind.INVOICE, 0))
        return True
    facts = {
        "receipt": document.label,
        "series": f"{document.series}{document.year}",
        "kind": str(document.kind),
        "corrects": receipt.label if document.corrects is not None else "",
        "issued_at": document.issued_at.isoformat(),
        "description": document.plan_name,
        "amount_minor": str(document.amount.minor),
        "amount_currency": document.amount.currency,
        "tax_minor": "" if document.tax_minor is None else str(document.tax_minor),
        "country": document.country or "",
        "buyer_tax_id": request.tax_id,
        "buyer_name": request.name,
        "buyer_address": request.address,
    }
    uow.record(InvoiceRequested(request.customer_id, document.payment_id, tuple(facts.items())))
    return True


def is_taxed_here(receipt: Receipt) -> bool:
    """Return True if an invoice record can represent the sale: in euros, at a Spanish tax rate, and to a buyer whose
    country is Spain or unknown.
    """
    tax = receipt.tax_minor
    is_here = receipt.amount.currency == "EUR" and receipt.country in {None, "ES"}
    return is_here and bool(tax) and rate_of(receipt.amount, tax or 0) in USUAL
