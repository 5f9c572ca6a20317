"""Domain event about receipts."""

from uuid import UUID

from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ids import CustomerId


class ReceiptRequested(DomainEvent):
    """Event: a receipt is to be sent to its customer. `operation`: id of the staff command that requested it, which may
    be repeated.
    """

    customer_id: CustomerId
    receipt_id: UUID
    operation: UUID
