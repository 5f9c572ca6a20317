"""Repository of customers' questions and their messages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from features.support.domain.question import Question, QuestionLine
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class QuestionRepository(Protocol):
    """Repository of customers' questions. A customer has at most one open question."""

    async def get(self, question_id: UUID, *, lock: bool = False) -> Question | None: ...
    async def newest_of(self, customer_id: CustomerId, *, lock: bool = False) -> Question | None:
        """Return the customer's open question, or else the most recently closed question; None if there is none."""
        ...

    async def add_if_new(self, question: Question) -> bool:
        """Add a question. Return False if the customer already has an open question."""
        ...

    async def save(self, question: Question) -> None: ...
    async def move(self, old_id: CustomerId, new_id: CustomerId) -> None:
        """Assign one customer's questions to another customer. If both have an open question, the two are merged."""
        ...

    async def add_line(self, line: QuestionLine) -> bool:
        """Add a message. Return False if it is stored already."""
        ...

    async def line(self, line_id: UUID) -> QuestionLine | None: ...
    async def lines(self, question_id: UUID) -> Sequence[QuestionLine]:
        """Return the messages of a question, the oldest first."""
        ...

    async def waits_since(self, since: datetime) -> Sequence[timedelta]:
        """Return the times until the first answer for questions opened since `since`, newest question first, at most
        two hundred. Conversations that staff started are omitted.
        """
        ...

    async def list_waiting(self, cutoff: datetime) -> Sequence[Question]:
        """Return the open questions whose last message is from the customer and older than `cutoff`."""
        ...


QUESTIONS_KEY: Final = RepositoryKey["QuestionRepository"]("questions")
