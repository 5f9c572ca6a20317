"""A customer withdraws from a contract within the time that consumer law gives for it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from subscriptions.domain.ids import CustomerId, OrderId, short_reference
from subscriptions.domain.money import Money


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
