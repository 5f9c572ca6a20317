"""What a customer asks the operator's people, and what they are answered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from subscriptions.domain.ids import CustomerId


@dataclass(kw_only=True)
class Question:
    """One conversation; a customer has one that is open at most. asked_at: when they wrote last. settled_by: as the
    audit names them."""

    id: UUID
    customer_id: CustomerId
    opened_at: datetime
    asked_at: datetime
    answered_at: datetime | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.settled_at is None

    @property
    def waits(self) -> bool:
        """Whether its customer wrote last."""
        return self.open and (self.answered_at is None or self.answered_at < self.asked_at)

    def ask(self, at: datetime) -> None:
        """Its customer writes something more."""
        self.asked_at = max(self.asked_at, at)

    def answer(self, at: datetime) -> None:
        """Somebody of the operator's people answers; an answer to what was settled leaves it so."""
        self.answered_at = at

    def settle(self, actor: str, at: datetime) -> None:
        """Nothing more is to be said. What they write from now on is another one."""
        self.settled_at, self.settled_by = at, actor


@dataclass(frozen=True, kw_only=True)
class QuestionLine:
    """One thing written. id: the same for the same message, however often it is worked on. author: of the operator's
    people, as the audit names them; None for the customer."""

    id: UUID
    question_id: UUID
    at: datetime
    author: str | None
    text: str
