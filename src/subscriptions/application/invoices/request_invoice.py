"""Requests for an invoice of a receipt. The invoice is passed to the operator's own invoicing service, or issued as a
record at the tax office.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.invoice import Buyer, InvoiceRequest, InvoiceWay, RecordKind
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.events import InvoiceDue, InvoiceRequested
from subscriptions.domain.ids import CustomerId, TelegramId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.invoices import INVOICES_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.ports.writing.invoices import INVOICES
from subscriptions.domain.services.tax_ids import read_tax_id, spanish
from subscriptions.domain.services.vat import USUAL, rate_of

log = structlog.get_logger(__name__)

SIMPLIFIED_UP_TO: Final = Money(40_000, "EUR")
"""Maximum total of a simplified invoice, including tax (RD 1619/2012, article 4.1)."""
LOOKED_AT: Final = 200
"""Number of the customer's newest receipts searched for the requested one."""
NOBODY: Final = Buyer(tax_id="", name="", address="")
"""Empty buyer, for simplified invoices."""
MOST: Final = {"name": 120, "address": 200}
"""Maximum number of characters, by field."""


class InvoiceRefused(UmbralError):
    """Refusal of an invoice, by reason:
    - `off`: invoices are switched off
    - `unknown`: the customer has no such receipt
    - `back`: the receipt is a refund, or its payment was refunded in full
    - `asked`: the invoice was requested already
    - `tax_id`, `name`, `address`: the field is invalid
    - `by_hand`: Umbral can't issue an invoice of such a sale
    - `partly_back`: part of a sale with a simplified invoice was refunded
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class RequestInvoice:
    """Use case that requests an invoice of a receipt, and of the receipt's corrections, for a buyer."""

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def offer(self, telegram_id: TelegramId, receipt_id: UUID) -> tuple[Receipt, Buyer | None]:
        """Return the receipt, and the buyer of the customer's last invoice; None if there was none. Raises
        InvoiceRefused.
        """
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
            receipt = await uow.receipts.get(receipt_id)
            if customer is None or receipt is None or receipt.customer_id != customer.id:
                raise InvoiceRefused("unknown")
            await self._refuse(uow, receipt)
            return receipt, await _last_buyer(uow, customer.id)

    async def reissue(self, telegram_id: TelegramId, receipt_id: UUID) -> Receipt:
        """Request an invoice for the buyer of the customer's last invoice. Raises InvoiceRefused, with `tax_id` if
        there was none.
        """
        receipt, buyer = await self.offer(telegram_id, receipt_id)
        if buyer is None:
            raise InvoiceRefused("tax_id")
        return await self(telegram_id, receipt.label, buyer)

    async def __call__(self, telegram_id: TelegramId, label: str, buyer: Buyer) -> Receipt:
        """Request an invoice. label: number of the receipt as shown; empty for the newest. Raises InvoiceRefused."""
        buyer = read_buyer(buyer)
        if self.policy.invoices is InvoiceWay.VERIFACTU and not spanish(buyer.tax_id):
            raise InvoiceRefused("by_hand")
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
            receipts = await uow.receipts.of_customer(customer.id, LOOKED_AT) if customer is not None else []
            receipt = _receipt_named(receipts, label)
            if customer is None or receipt is None:
                raise InvoiceRefused("unknown")
            documents = await self._refuse(uow, receipt)
            now = self.clock.now()
            for document in documents:
                earlier_request = await uow.of(INVOICES_KEY).request_of(document.id)
                if earlier_request is not None:
                    await uow.write(INVOICES).change_buyer(earlier_request.id, buyer)
                    uow.record(InvoiceDue(document.id, RecordKind.INVOICE, 0))
                    continue
                if not await _hand_over(uow, document, receipt, buyer, self.policy.invoices, now):
                    raise InvoiceRefused("asked")
            await uow.commit()
        log.info("invoice requested", receipt=receipt.label)
        return receipt

    async def _refuse(self, uow: UnitOfWork, receipt: Receipt) -> Sequence[Receipt]:
        """Return the receipt and its corrections, oldest first. Raises InvoiceRefused."""
        if self.policy.invoices is InvoiceWay.OFF:
            raise InvoiceRefused("off")
        if receipt.kind is not ReceiptKind.RECEIPT:
            raise InvoiceRefused("back")
        receipts = [
            each for each in await uow.receipts.of_payment(receipt.payment_id) if receipt.id in {each.id, each.corrects}
        ]
        request = await uow.of(INVOICES_KEY).request_of(receipt.id)
        if request is not None and request.tax_id:
            raise InvoiceRefused("asked")
        if self.policy.invoices is InvoiceWay.VERIFACTU and not _taxed_here(receipt):
            raise InvoiceRefused("by_hand")
        if sum(each.signed_amount.minor for each in receipts) <= 0:
            raise InvoiceRefused("back")
        if request is not None and len(receipts) > 1:
            raise InvoiceRefused("partly_back")
        return receipts


async def _hand_over(
    uow: UnitOfWork, document: Receipt, receipt: Receipt, buyer: Buyer, way: InvoiceWay, at: datetime
) -> bool:
    """Record a document for invoicing, and notify the operator's programs or queue the invoice record. Return False if
    it was recorded before.

    receipt: the document itself, or the receipt that the document corrects.
    """
    request = InvoiceRequest(
        id=new_uuid(), receipt_id=document.id, customer_id=document.customer_id, asked_at=at, way=way, **vars(buyer)
    )
    if not await uow.write(INVOICES).ask(request):
        return False
    if request.way is InvoiceWay.VERIFACTU:
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


async def simplify(uow: UnitOfWork, receipt: Receipt, policy: Policy) -> None:
    """Issue a simplified invoice of a sale, if the operator issues one for every sale and an invoice record can
    represent this sale.
    """
    is_wanted = policy.invoices is InvoiceWay.VERIFACTU and policy.simplified_invoices
    if not is_wanted or receipt.kind is not ReceiptKind.RECEIPT or not _taxed_here(receipt):
        return
    if receipt.amount > SIMPLIFIED_UP_TO:
        return
    await _hand_over(uow, receipt, receipt, NOBODY, policy.invoices, receipt.issued_at)


async def follow_invoice(uow: UnitOfWork, correction: Receipt) -> None:
    """Request an invoice of the correction, if the corrected receipt has an invoice."""
    receipt = await uow.receipts.get(correction.corrects) if correction.corrects is not None else None
    request = await uow.of(INVOICES_KEY).request_of(receipt.id) if receipt is not None else None
    if receipt is not None and request is not None:
        await _hand_over(uow, correction, receipt, request.buyer, request.way, correction.issued_at)


async def _last_buyer(uow: UnitOfWork, customer_id: CustomerId) -> Buyer | None:
    last_request = await uow.of(INVOICES_KEY).last_request(customer_id)
    return last_request.buyer if last_request is not None and last_request.tax_id else None


def _receipt_named(receipts: Sequence[Receipt], label: str) -> Receipt | None:
    """Return the receipt with this number. receipts: newest first."""
    number = label.strip().upper()
    own = (each for each in receipts if each.kind is ReceiptKind.RECEIPT)
    return next(own, None) if not number else next((each for each in receipts if each.label == number), None)


def _taxed_here(receipt: Receipt) -> bool:
    """Return True if an invoice record can represent the sale: in euros, at a Spanish tax rate, and to a buyer who is
    not known to live elsewhere.
    """
    tax = receipt.tax_minor
    is_here = receipt.amount.currency == "EUR" and receipt.country in {None, "ES"}
    return is_here and bool(tax) and rate_of(receipt.amount, tax or 0) in USUAL


def read_buyer(buyer: Buyer) -> Buyer:
    """Return the buyer in stored form. Raises InvoiceRefused with the invalid field."""
    number = read_tax_id(buyer.tax_id)
    if number is None:
        raise InvoiceRefused("tax_id")
    fields = {name: " ".join(getattr(buyer, name).split()) for name in MOST}
    for name, words in fields.items():
        if not 0 < len(words) <= MOST[name]:
            raise InvoiceRefused(name)
    return Buyer(tax_id=number, **fields)
