"""Alarm: a problem that requires action by staff. An alarm stays open until its cause is gone or staff close it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import TelegramId, new_uuid

RAISED_AGAIN_AFTER: Final = timedelta(days=1)
"""Time for which an alarm that staff settled is not raised again although its cause persists."""
NO_PERSON: Final = TelegramId(0)
"""Telegram id recorded for an alarm that a program or the shell settled. The audit log names the actor."""


@dataclass(kw_only=True)
class Alarm:
    """Problem that staff must solve. There is one alarm per `key`.

    facts: details, shown unchanged
    closed_by: person who settled the alarm; None while the alarm is open, for an alarm that only informs the owners,
        and for an alarm that was closed automatically
    """

    id: UUID
    key: str
    kind: str
    facts: dict[str, str]
    raised_at: datetime
    closed_at: datetime | None = None
    closed_by: TelegramId | None = None

    @classmethod
    def begin(cls, key: str, kind: str, facts: dict[str, str], now: datetime, *, news: bool = False) -> "Alarm":
        """Create an alarm. If `news` is True, the alarm only informs the owners and is closed from the start."""
        closed_at = now if news else None
        return cls(id=new_uuid(), key=key, kind=kind, facts=facts, raised_at=now, closed_at=closed_at)

    @property
    def open(self) -> bool:
        """Return True if the alarm has not been settled."""
        return self.closed_at is None

    def close(self, actor: TelegramId, now: datetime) -> bool:
        """Settle the alarm. Return False if it was settled already."""
        if not self.open:
            return False
        self.closed_at, self.closed_by = now, actor
        return True

    def settled_lately(self, now: datetime) -> bool:
        """Return True if a staff member settled the alarm less than `RAISED_AGAIN_AFTER` ago."""
        return self.closed_by is not None and self.closed_at is not None and now - self.closed_at < RAISED_AGAIN_AFTER

    def seen_again(self, sight: "Alarm") -> bool:
        """Update the alarm after its cause was detected again, and reopen the alarm if necessary. Return False if no
        notification is needed: the cause was detected before the alarm was closed, or staff settled the alarm recently.

        sight: the alarm as raised by this detection

        The facts are replaced by those of the latest detection, because they are used to find out that the cause is
        gone.
        """
        if self.closed_at is not None:
            if self.closed_at == self.raised_at == sight.raised_at:
                # Alarms that only inform are closed when they are raised and are still reported.
                return True
            if sight.raised_at < self.closed_at:
                return False
            if self.settled_lately(sight.raised_at):
                return False
            # The alarm is raised anew, so earlier answers do not apply.
            self.closed_at, self.closed_by, self.raised_at = None, None, sight.raised_at
        if sight.raised_at >= self.raised_at:
            self.facts = sight.facts
        return True
