"""Withdrawal from a contract within the period set by consumer law."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from subscriptions.domain.ids import CustomerId, OrderId, short_reference
from subscriptions.domain.money import Money


class DeclarationKind(StrEnum):
    """Consequence that the customer acknowledges when requesting an immediate start of the contract.

    content: loss of the right of withdrawal
    service: payment for the part used
    """

    CONTENT = "content"
    SERVICE = "service"


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """Customer's declaration before paying an order; the customer may leave its parts unticked. The last declaration
    before the payment counts.

    begins: True if the customer expressly requested an immediate start
    acknowledges: True if the customer acknowledged the consequence
    words: text as shown to the customer
    version: current version of the terms at that time
    """

    id: UUID
    order_id: OrderId
    customer_id: CustomerId
    kind: DeclarationKind
    begins: bool
    acknowledges: bool
    words: str
    language: str
    version: str
    declared_at: datetime

    @property
    def complete(self) -> bool:
        """Return True if both parts were declared; one part alone has no effect."""
        return self.begins and self.acknowledges


@dataclass(kw_only=True)
class Withdrawal:
    """Immutable record of a withdrawal and its consequences.

    plan_name, name: contract and person as named in the acknowledgement of receipt
    contract_at: time at which the contract was concluded
    amount: amount to refund; None if nothing was paid
    kept: proportional amount that the customer owes for the time used; None if there is none
    automatic: True if the refund is requested from the providers automatically; False if staff refund it
    refund_due: deadline of the refund
    asked_by: actor as named in the audit log, if staff declared the withdrawal for the customer
    """

    id: UUID
    order_id: OrderId
    customer_id: CustomerId
    plan_name: str
    name: str
    contract_at: datetime
    declared_at: datetime
    amount: Money | None
    kept: Money | None
    automatic: bool
    refund_due: datetime
    asked_by: str | None = None

    @property
    def reference(self) -> str:
        """Short reference of the order from whose contract the customer withdrew."""
        return short_reference(self.order_id)
