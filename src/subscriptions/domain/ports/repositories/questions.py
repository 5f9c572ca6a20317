"""Customers' questions and what was written about them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from subscriptions.domain.entities.question import Question, QuestionLine
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class QuestionRepository(Protocol):
    """A customer has one open question at most."""

    async def get(self, question_id: UUID, *, lock: bool = False) -> Question | None: ...
    async def newest_of(self, customer_id: CustomerId, *, lock: bool = False) -> Question | None:
        """The open one, else the last that was settled."""
        ...

    async def add_if_new(self, question: Question) -> bool:
        """False: the customer has an open one already."""
        ...

    async def save(self, question: Question) -> None: ...
    async def move(self, old_id: CustomerId, new_id: CustomerId) -> None:
        """What one asked is another's from now on; where both have an open one, it is one."""
        ...

    async def add_line(self, line: QuestionLine) -> bool:
        """False: it is there already."""
        ...

    async def line(self, line_id: UUID) -> QuestionLine | None: ...
    async def lines(self, question_id: UUID) -> Sequence[QuestionLine]:
        """In order."""
        ...

    async def waits_since(self, since: datetime) -> Sequence[timedelta]:
        """Return how long each question opened from then on waited for its first answer, the newest first; those that
        were answered, at most two hundred.
        """
        ...

    async def list_waiting(self, cutoff: datetime) -> Sequence[Question]:
        """Those whose customer wrote last, before that moment."""
        ...


QUESTIONS_KEY: Final = RepositoryKey["QuestionRepository"]("questions")
