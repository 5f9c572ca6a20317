"""Something that needs a person, until somebody says that it is settled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import TelegramId, new_uuid

TOLD_AGAIN_AFTER: Final = timedelta(days=1)
"""How long an alarm stays settled by an owner's word while its cause goes on."""
NO_PERSON: Final = TelegramId(0)
"""Who settled it where that was a program or the shell; the audit names them."""


@dataclass(kw_only=True)
class Alarm:
    """key: what makes it one alarm however often it is seen. facts: shown as they are. closed_by: None while open."""

    id: UUID
    key: str
    kind: str
    facts: dict[str, str]
    raised_at: datetime
    closed_at: datetime | None = None
    closed_by: TelegramId | None = None

    @classmethod
    def begin(cls, key: str, kind: str, facts: dict[str, str], now: datetime, *, news: bool = False) -> "Alarm":
        """Somebody has to see to this, or, where it is news, to know of it."""
        closed_at = now if news else None
        return cls(id=new_uuid(), key=key, kind=kind, facts=facts, raised_at=now, closed_at=closed_at)

    @property
    def open(self) -> bool:
        """Whether somebody still has to see to it."""
        return self.closed_at is None

    def close(self, actor: TelegramId, now: datetime) -> bool:
        """It is settled. False: it was already."""
        if not self.open:
            return False
        self.closed_at, self.closed_by = now, actor
        return True

    def settled_lately(self, now: datetime) -> bool:
        """Whether somebody settled it, and not so long ago that they are to hear of it again."""
        return self.closed_by is not None and self.closed_at is not None and now - self.closed_at < TOLD_AGAIN_AFTER

    def seen_again(self, sight: "Alarm") -> bool:
        """Its cause was seen (once more). False: nobody need hear of that, for it is over since, or was settled lately.

        Its facts are those of the latest sight: its cause is seen to be gone by them.
        """
        if self.closed_at is not None:
            if self.closed_at == self.raised_at == sight.raised_at:
                # An answer that leaves nothing to see to is told all the same.
                return True
            if sight.raised_at < self.closed_at:
                return False
            if self.settled_lately(sight.raised_at):
                return False
            # From now on: what was answered before says nothing of this time.
            self.closed_at, self.closed_by, self.raised_at = None, None, sight.raised_at
        if sight.raised_at >= self.raised_at:
            self.facts = sight.facts
        return True
