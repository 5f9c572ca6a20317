"""What we answer to a dispute, at most once: offered to staff, asked for by somebody, sent, or refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from subscriptions.domain.ids import PaymentId


class ResponseStatus(StrEnum):
    """offered: staff may send it · asked: somebody of staff had it sent · sent: the provider has it · refused: the
    provider did not take it, and it may be asked for again."""

    OFFERED = "offered"
    ASKED = "asked"
    SENT = "sent"
    REFUSED = "refused"


@dataclass(kw_only=True)
class DisputeResponse:
    """due_at: until when the provider takes it, None where it does not say. asked_by: as the audit names them. reason:
    why it was refused. document, record: the PDF and the JSON as they were sent, which are kept."""

    dispute_id: UUID
    payment_id: PaymentId
    status: ResponseStatus = ResponseStatus.OFFERED
    due_at: datetime | None = None
    offered_at: datetime
    asked_by: str | None = None
    asked_at: datetime | None = None
    sent_at: datetime | None = None
    reason: str | None = None
    document: bytes | None = None
    record: bytes | None = None

    @property
    def may_be_asked(self) -> bool:
        """Whether it was not sent, and is not on its way."""
        return self.status in {ResponseStatus.OFFERED, ResponseStatus.REFUSED}

    def ask(self, who: str, at: datetime) -> None:
        """Somebody has it sent."""
        self.status, self.asked_by, self.asked_at, self.reason = ResponseStatus.ASKED, who, at, None

    def mark_sent(self, document: bytes, record: bytes, at: datetime) -> None:
        """The provider has it."""
        self.status, self.document, self.record, self.sent_at = ResponseStatus.SENT, document, record, at

    def refuse(self, reason: str) -> None:
        """The provider did not take it."""
        self.status, self.reason = ResponseStatus.REFUSED, reason
