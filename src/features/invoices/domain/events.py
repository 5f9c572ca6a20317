"""Domain events about invoices."""

from uuid import UUID

from features.invoices.domain.invoice import RecordKind
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ids import CustomerId, PaymentId


class InvoiceRequested(DomainEvent):
    """Event: an invoice is requested from the operator's service, for a receipt or for its correction. `facts`: all
    data of the invoice.
    """

    customer_id: CustomerId
    payment_id: PaymentId
    facts: tuple[tuple[str, str], ...]


class InvoiceDue(DomainEvent):
    """Event: an invoice record must be created. `kind`, `revision`: kind and revision of the record."""

    receipt_id: UUID
    kind: RecordKind
    revision: int


class InvoiceIssued(DomainEvent):
    """Event: an invoice, a correction or a cancellation was issued."""

    customer_id: CustomerId
    record_id: UUID
