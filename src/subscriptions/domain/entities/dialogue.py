"""A conversation of several steps with one of the operator's people, kept so that a restart loses nothing of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import TelegramId, new_uuid

LIFETIME: Final = timedelta(hours=1)
"""How long a dialogue waits for its next answer."""


@dataclass(kw_only=True)
class Dialogue:
    """One per person at most. kind: which form; step: which of its questions is open; answers: what was said so far.

    id: names this run of it, so that a button of another run changes nothing; whatever the dialogue leads to is
    idempotent by it. message_id: the message that asks now.
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
        """Ask the first question. answers: those that need no asking."""
        return cls(person=person, id=new_uuid(), kind=kind, step=step, answers=dict(answers), expires_at=now + LIFETIME)

    def go(self, step: str, now: datetime) -> None:
        """Ask another question; the time to answer begins anew."""
        self.step, self.expires_at = step, now + LIFETIME
