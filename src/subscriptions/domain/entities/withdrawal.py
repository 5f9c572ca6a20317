"""A customer withdraws from a contract within the time that consumer law gives for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from subscriptions.domain.ids import CustomerId, OrderId, short_reference
from subscriptions.domain.money import Money


class DeclarationKind(StrEnum):
    """What somebody acknowledges beside asking to begin now. content: the right is lost. service: a part is owed."""

    CONTENT = "content"
    SERVICE = "service"


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What a customer declared, or left unticked, before paying an order; of several of one order the last before the
    payment counts.

    begins: the express request to begin now. acknowledges: what follows from it. words: as they were shown. version: of
    the terms that were in force.
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
        """Whether both were declared: one alone changes nothing."""
        return self.begins and self.acknowledges


@dataclass(kw_only=True)
class Withdrawal:
    """One withdrawal, which is never changed: what was declared, by whom and when, and what follows from it.

    plan_name, name: the contract and the person as the acknowledgement names them. contract_at: when the contract was
    concluded. amount: what goes back; None where nothing was paid. kept: the proportional sum owed for what ran, None
    where nothing is. automatic: the product asks the providers for all of it; otherwise a person gives it back.
    refund_due: by when it has to be back. asked_by: the actor of the audit, where staff declared it for the customer.
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
        """What people call its order."""
        return short_reference(self.order_id)
