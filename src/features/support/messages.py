"""Message that delivers staff's answer to a customer."""

from typing import Final, Self
from uuid import UUID

from features.support.ports import QUESTIONS_KEY
from subscriptions.application.messages.announcement import Announcement, Sources

SUPPORT_ANSWER: Final = "support_answer"


class SupportAnswer(Announcement, kind=SUPPORT_ANSWER):
    """Answer to a customer's question, as the staff member wrote it."""

    answer: str

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the answer was deleted. `subject`: id of the answer's line in
        the conversation.
        """
        line = await sources.uow.of(QUESTIONS_KEY).line(subject)
        return cls(answer=line.text) if line is not None else None
