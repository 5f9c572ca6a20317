"""What somebody wants an invoice of; the operator's own invoicing service issues it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from subscriptions.domain.ids import CustomerId


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """Who an invoice is for, as they gave it. tax_id: read by `tax_ids`."""

    tax_id: str
    name: str
    address: str


@dataclass(frozen=True, kw_only=True)
class InvoiceRequest:
    """A receipt that was handed over to be invoiced, at most once. The buyer is as they were at that moment."""

    id: UUID
    receipt_id: UUID
    customer_id: CustomerId
    tax_id: str
    name: str
    address: str
    asked_at: datetime

    @property
    def buyer(self) -> Buyer:
        """Who it is for."""
        return Buyer(tax_id=self.tax_id, name=self.name, address=self.address)
