"""What the panel shows: plain facts, no texts."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment import FlagReason, PaymentStatus
from subscriptions.domain.entities.service_plan import AccessKind
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import PaymentId, PlanId, SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.audit import AuditLine


@dataclass(frozen=True, kw_only=True)
class HeldPlan:
    """One subscription of a customer. plan: emoji and name. paused_for: all it rests for."""

    id: SubscriptionId
    plan_id: PlanId
    plan: str
    soft_id: str
    kind: AccessKind
    status: SubscriptionStatus
    paused_for: frozenset[str]
    access: AccessStatus | None
    until: datetime | None
    renews: bool
    live: bool
    provider: str | None


@dataclass(frozen=True, kw_only=True)
class PaidMoney:
    """One payment. back: what was given back of it. refundable: what may still be, None where its provider cannot."""

    id: PaymentId
    reference: str
    at: datetime
    amount: Money
    status: PaymentStatus
    flag: FlagReason | None
    back: Money
    refundable: Money | None
    provider: str


@dataclass(frozen=True, kw_only=True)
class CustomerView:
    """Everything on a customer's card. notes: what staff did and wrote, the newest first."""

    customer: Customer
    held: tuple[HeldPlan, ...]
    payments: tuple[PaidMoney, ...]
    notes: tuple[AuditLine, ...]

    @property
    def live(self) -> tuple[HeldPlan, ...]:
        """Subscriptions that count now."""
        return tuple(item for item in self.held if item.live)
