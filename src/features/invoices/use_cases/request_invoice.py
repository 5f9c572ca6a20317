"""Requests for an invoice of a receipt. The invoice is passed to the operator's own invoicing service, or issued as a
record at the tax office.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from features.invoices.domain.events import InvoiceDue
from features.invoices.domain.invoice import Buyer, InvoiceIssuer, ReadInvoicing, RecordKind
from features.invoices.domain.tax_ids import read_tax_id, spanish
from features.invoices.ports import INVOICES_KEY
from features.invoices.use_cases.invoice_receipt import hand_over, is_taxed_here
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

LOOKED_AT: Final = 200
"""Maximum number of the customer's newest receipts among which the requested receipt is searched."""
MOST: Final = {"name": 120, "address": 200}
"""Maximum number of characters of a buyer's name and address."""


class InvoiceRefused(UmbralError):
    """Error: an invoice is refused, with one of these reasons:

    - `off`: invoices are switched off
    - `unknown`: the customer has no such receipt
    - `back`: the receipt is a refund, or its payment was refunded in full
    - `asked`: an invoice was already requested
    - `tax_id`, `name`, `address`: the field is invalid
    - `by_hand`: Umbral cannot issue an invoice for this kind of sale
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
    read_invoicing: ReadInvoicing

    async def offer(self, telegram_id: TelegramId, receipt_id: UUID) -> tuple[Receipt, Buyer | None]:
        """Return the receipt, and the buyer named on the customer's last invoice; the buyer is None if there was no
        invoice. Raises InvoiceRefused if no invoice can be requested for the receipt.
        """
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
            receipt = await uow.receipts.get(receipt_id)
            if customer is None or receipt is None or receipt.customer_id != customer.id:
                raise InvoiceRefused("unknown")
            await self._refuse(uow, receipt)
            return receipt, await _last_buyer(uow, customer.id)

    async def reissue(self, telegram_id: TelegramId, receipt_id: UUID) -> Receipt:
        """Request an invoice for the buyer named on the customer's last invoice. Raises InvoiceRefused if the invoice
        is refused, with the reason `tax_id` if there was no earlier invoice.
        """
        receipt, buyer = await self.offer(telegram_id, receipt_id)
        if buyer is None:
            raise InvoiceRefused("tax_id")
        return await self(telegram_id, receipt.label, buyer)

    async def __call__(self, telegram_id: TelegramId, label: str, buyer: Buyer) -> Receipt:
        """Request an invoice. label: number of the receipt as shown; empty for the newest receipt. Raises
        InvoiceRefused if the invoice is refused or a field is invalid.
        """
        buyer, issuer = read_buyer(buyer), self.read_invoicing().way
        if issuer is InvoiceIssuer.VERIFACTU and not spanish(buyer.tax_id):
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
                    await uow.of(INVOICES_KEY).change_buyer(earlier_request.id, buyer)
                    uow.record(InvoiceDue(document.id, RecordKind.INVOICE, 0))
                    continue
                if not await hand_over(uow, document, receipt, buyer, issuer, now):
                    raise InvoiceRefused("asked")
            await uow.commit()
        log.info("invoice requested", receipt=receipt.label)
        return receipt

    async def _refuse(self, uow: UnitOfWork, receipt: Receipt) -> Sequence[Receipt]:
        """Check that an invoice can be issued for the receipt, and return the receipt with its corrections, oldest
        first. Raises InvoiceRefused if no invoice can be issued.
        """
        issuer = self.read_invoicing().way
        if issuer is InvoiceIssuer.OFF:
            raise InvoiceRefused("off")
        if receipt.kind is not ReceiptKind.RECEIPT:
            raise InvoiceRefused("back")
        receipts = [
            each for each in await uow.receipts.of_payment(receipt.payment_id) if receipt.id in {each.id, each.corrects}
        ]
        request = await uow.of(INVOICES_KEY).request_of(receipt.id)
        if request is not None and request.tax_id:
            raise InvoiceRefused("asked")
        if issuer is InvoiceIssuer.VERIFACTU and not is_taxed_here(receipt):
            raise InvoiceRefused("by_hand")
        if sum(each.signed_amount.minor for each in receipts) <= 0:
            raise InvoiceRefused("back")
        if request is not None and len(receipts) > 1:
            raise InvoiceRefused("partly_back")
        return receipts


async def _last_buyer(uow: UnitOfWork, customer_id: CustomerId) -> Buyer | None:
    last_request = await uow.of(INVOICES_KEY).last_request(customer_id)
    return last_request.buyer if last_request is not None and last_request.tax_id else None


def _receipt_named(receipts: Sequence[Receipt], label: str) -> Receipt | None:
    """Return the receipt with this number; None if there is none. receipts: newest first."""
    number = label.strip().upper()
    own = (each for each in receipts if each.kind is ReceiptKind.RECEIPT)
    return next(own, None) if not number else next((each for each in receipts if each.label == number), None)


def read_buyer(buyer: Buyer) -> Buyer:
    """Return the buyer with each field in the form in which it is stored. Raises InvoiceRefused with the name of an
    invalid field.
    """
    number = read_tax_id(buyer.tax_id)
    if number is None:
        raise InvoiceRefused("tax_id")
    fields = {name: " ".join(getattr(buyer, name).split()) for name in MOST}
    for name, words in fields.items():
        if not 0 < len(words) <= MOST[name]:
            raise InvoiceRefused(name)
    return Buyer(tax_id=number, **fields)
