"""Domain event that requests the sending of a receipt."""

from uuid import UUID

from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ids import CustomerId


class ReceiptRequested(DomainEvent):
    """Event: a receipt must be sent to its customer. `operation`: id of the staff command that requested it; the same
    id means the same request.
    """

    customer_id: CustomerId
    receipt_id: UUID
    operation: UUID
