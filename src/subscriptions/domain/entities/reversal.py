"""Money that goes back: refunds and disputes, unique by provider and the provider's own key."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from subscriptions.domain.ids import PaymentId, new_uuid
from subscriptions.domain.money import Money


class RefundStatus(StrEnum):
    """given: the customer has it, or will · reversed: it failed, the money is ours again."""

    GIVEN = "given"
    REVERSED = "reversed"


@dataclass(kw_only=True)
class Refund:
    """One refund of one payment, the whole of it or a part.

    repeats_dispute: whether the refund reports money that a lost dispute has taken already; None for a refund that was
    recorded before this was decided (`Dispute.tells_of`).
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
        """Money went back."""
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
    """inquiry: asked about, no money moved · open · won · lost · closed: an inquiry that led to nothing."""

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


FINAL_STATES = frozenset({DisputeStatus.WON, DisputeStatus.LOST, DisputeStatus.CLOSED})


@dataclass(kw_only=True)
class Dispute:
    """A customer's bank took a payment back, or threatens to.

    opened_at: since when the money is at stake. amount: how much of it, where it is a part; None for all of it.
    by_refund: whether the provider carries the decision out by a refund, which it reports as well; None where it did
    not say so.
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
        """It was opened; an event about its end may be the first we hear of it."""
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
        """Whether the bank took it back for good."""
        return self.status is DisputeStatus.LOST

    def tells_of(self, refund: Refund) -> bool:
        """Return whether a refund reports money that this dispute has taken: some providers report one sum as both."""
        if refund.repeats_dispute is not None:
            return self.is_lost and refund.repeats_dispute
        is_earlier = self.is_lost and self.closed_at is not None and self.closed_at < refund.occurred_at
        return is_earlier and self.amount in {None, refund.amount}

    def claim(self, at: datetime) -> None:
        """The money is at stake: only from now on where it was asked about before."""
        if self.status is DisputeStatus.INQUIRY:
            self.status, self.opened_at = DisputeStatus.OPEN, at

    def settle(self, status: DisputeStatus, at: datetime) -> bool:
        """The bank decided. False: it had decided before, and that stands."""
        if self.status in FINAL_STATES:
            return False
        self.status, self.closed_at = status, at
        return True
