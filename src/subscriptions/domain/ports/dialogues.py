"""Where open dialogues are kept."""

from datetime import datetime
from typing import Protocol

from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.ids import TelegramId


class DialogueRepository(Protocol):
    """One open dialogue per person; an expired one is none."""

    async def of(self, person: TelegramId, now: datetime, *, lock: bool = False) -> Dialogue | None: ...
    async def save(self, dialogue: Dialogue) -> None:
        """In place of any other of this person's."""
        ...

    async def end(self, person: TelegramId) -> None:
        """Forget it; one that is not there is no fault."""
        ...

    async def forget_expired(self, now: datetime) -> int:
        """Drop the expired ones of everybody; how many there were."""
        ...
