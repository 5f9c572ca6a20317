"""Multi-step dialog of the bot with a staff member, stored so that it survives a restart."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import TelegramId, new_uuid

LIFETIME: Final = timedelta(hours=1)
"""Time for which a dialog waits for the next answer."""


@dataclass(kw_only=True)
class Dialogue:
    """Dialog with one person, who has at most one dialog at a time.

    kind: name of the form
    step: current question
    answers: answers so far
    id: identifies this run of the form, so that buttons of another run have no effect; also the idempotency key of the
        staff command that the dialog ends with
    message_id: message that shows the question
    """

    person: TelegramId
    id: UUID
    kind: str
    step: str
    answers: dict[str, str] = field(default_factory=dict)
    message_id: int | None = None
    expires_at: datetime

    @classmethod
    def begin(cls, person: TelegramId, kind: str, step: str, now: datetime, **answers: str) -> "Dialogue":
        """Start a dialog. `answers`: answers that are known in advance."""
        return cls(person=person, id=new_uuid(), kind=kind, step=step, answers=dict(answers), expires_at=now + LIFETIME)

    def go(self, step: str, now: datetime) -> None:
        """Move to another step and restart the time limit."""
        self.step, self.expires_at = step, now + LIFETIME
