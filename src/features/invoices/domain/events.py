"""Domain events about invoices."""

from uuid import UUID

from features.invoices.domain.invoice import RecordKind
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ids import CustomerId, PaymentId


class InvoiceRequested(DomainEvent):
    """A receipt, or its correction, is handed over for invoicing. `facts`: all data of the invoice."""

    customer_id: CustomerId
    payment_id: PaymentId
    facts: tuple[tuple[str, str], ...]


class InvoiceDue(DomainEvent):
    """An invoice record is to be created. `kind`, `revision`: kind and revision of the record."""

    receipt_id: UUID
    kind: RecordKind
    revision: int


class InvoiceIssued(DomainEvent):
    """An invoice, a correction or a cancellation was issued."""

    customer_id: CustomerId
    record_id: UUID
