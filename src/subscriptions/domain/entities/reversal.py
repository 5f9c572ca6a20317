"""Refunds and disputes, unique by provider and the provider's key."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from subscriptions.domain.ids import PaymentId, new_uuid
from subscriptions.domain.money import Money


class RefundStatus(StrEnum):
    """Status of a refund.

    given: the customer has received or will receive the money
    reversed: the refund failed and the seller keeps the money
    """

    GIVEN = "given"
    REVERSED = "reversed"


@dataclass(kw_only=True)
class Refund:
    """Full or partial refund of a payment.

    `repeats_dispute`: True if the refund reports money that a lost dispute has already taken; None for a refund that
        was recorded before Umbral determined this (`Dispute.reports`).
    """

    id: UUID
    provider: str
    refund_key: str
    payment_id: PaymentId
    amount: Money
    status: RefundStatus = RefundStatus.GIVEN
    occurred_at: datetime
    recorded_at: datetime
    repeats_dispute: bool | None = None

    @classmethod
    def give(
        cls,
        provider: str,
        refund_key: str,
        payment_id: PaymentId,
        amount: Money,
        *,
        occurred_at: datetime,
        now: datetime,
        repeats_dispute: bool | None = None,
    ) -> "Refund":
        """Create a refund."""
        return cls(
            id=new_uuid(),
            provider=provider,
            refund_key=refund_key,
            payment_id=payment_id,
            amount=amount,
            occurred_at=occurred_at,
            recorded_at=now,
            repeats_dispute=repeats_dispute,
        )


class DisputeStatus(StrEnum):
    """Status of a dispute.

    - inquiry: the bank asks a question; no money has moved
    - open: the bank has not decided yet
    - won: the bank decided for the seller, who keeps the money
    - lost: the bank returned the money to the customer permanently
    - closed: an inquiry ended without consequences
    """

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


FINAL_STATES = frozenset({DisputeStatus.WON, DisputeStatus.LOST, DisputeStatus.CLOSED})


@dataclass(kw_only=True)
class Dispute:
    """Dispute of a payment by the customer's bank.

    opened_at: time since which the money is at stake
    amount: disputed part; None for the whole payment
    by_refund: True if the provider executes the decision as a refund and reports that refund as well; None if the
        provider did not say
    """

    id: UUID
    provider: str
    dispute_key: str
    payment_id: PaymentId
    status: DisputeStatus
    opened_at: datetime
    closed_at: datetime | None = None
    amount: Money | None = None
    by_refund: bool | None = None

    @classmethod
    def begin(
        cls,
        provider: str,
        dispute_key: str,
        payment_id: PaymentId,
        status: DisputeStatus,
        opened_at: datetime,
        amount: Money | None = None,
    ) -> "Dispute":
        """Create a dispute. `status` may be a final one, because the first event received may already report the bank's
        decision.
        """
        return cls(
            id=new_uuid(),
            provider=provider,
            dispute_key=dispute_key,
            payment_id=payment_id,
            status=status,
            opened_at=opened_at,
            amount=amount,
        )

    @property
    def is_lost(self) -> bool:
        """Return True if the bank returned the money to the customer permanently."""
        return self.status is DisputeStatus.LOST

    def reports(self, refund: Refund) -> bool:
        """Return True if this refund reports the same money as this lost dispute. Some providers report the amount of a
        lost dispute as a refund too.
        """
        if refund.repeats_dispute is not None:
            return self.is_lost and refund.repeats_dispute
        is_earlier = self.is_lost and self.closed_at is not None and self.closed_at < refund.occurred_at
        return is_earlier and self.amount in {None, refund.amount}

    def claim(self, at: datetime) -> None:
        """Turn an inquiry into an open dispute, with the money at stake from `at`."""
        if self.status is DisputeStatus.INQUIRY:
            self.status, self.opened_at = DisputeStatus.OPEN, at

    def reopen(self, status: DisputeStatus, at: datetime) -> None:
        """Open a decided dispute again, with the money at stake from `at`."""
        self.status, self.opened_at, self.closed_at = status, at, None

    def settle(self, status: DisputeStatus, at: datetime) -> bool:
        """Record the bank's decision. Return False if a decision of this time or a later one is recorded."""
        if self.status in FINAL_STATES and (self.closed_at is None or at <= self.closed_at):
            return False
        self.status, self.closed_at = status, at
        return True
