"""Support questions of customers and their answers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ids import CustomerId


@dataclass(kw_only=True)
class Question:
    """Support conversation with a customer; a customer has at most one open conversation.

    asked_at: time of the customer's latest message
    answered_at: time of the latest answer by staff
    settled_at: time at which the conversation was closed; None while it is open
    settled_by: actor who closed the conversation, as named in the audit log
    """

    id: UUID
    customer_id: CustomerId
    opened_at: datetime
    asked_at: datetime
    answered_at: datetime | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None

    @property
    def open(self) -> bool:
        """Return True until the conversation is closed."""
        return self.settled_at is None

    @property
    def waits(self) -> bool:
        """Return True if the conversation is open and its last message is from the customer."""
        return self.open and (self.answered_at is None or self.answered_at < self.asked_at)

    def ask(self, at: datetime) -> None:
        """Record another message of the customer."""
        self.asked_at = max(self.asked_at, at)

    def answer(self, at: datetime) -> None:
        """Record an answer by staff. An answer does not reopen a closed conversation."""
        self.answered_at = at

    def settle(self, actor: str, at: datetime) -> None:
        """Close the conversation; the customer's next message opens a new one."""
        self.settled_at, self.settled_by = at, actor


@dataclass(frozen=True, kw_only=True)
class QuestionLine:
    """Message of a support conversation.

    id: derived from the Telegram message, so that a retry does not store the message twice
    author: staff member as named in the audit log; None for the customer
    """

    id: UUID
    question_id: UUID
    at: datetime
    author: str | None
    text: str


class QuestionAnswered(DomainEvent):
    """Event: a staff member answered a customer by a staff command, not by a reply in the chat."""

    line_id: UUID
    customer_id: CustomerId
