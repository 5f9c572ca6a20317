"""What the operator's people say to one customer."""

from typing import Self
from uuid import UUID

from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.ports.repositories.questions import QUESTIONS_KEY


class SupportAnswer(Announcement, kind=MessageKind.SUPPORT_ANSWER):
    """An answer to what they asked, as it was written."""

    answer: str

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """subject: the line of their question. None where it is forgotten by now."""
        line = await sources.uow.of(QUESTIONS_KEY).line(subject)
        return cls(answer=line.text) if line is not None else None
