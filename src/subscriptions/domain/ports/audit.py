"""Who did what, when and why: written with what was done, read by people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """One thing somebody did. actor: a Telegram id as text, or `system`. subject: the id of what it was done to."""

    actor: str
    action: str
    subject: str
    why: str
    at: datetime
    facts: dict[str, str]


class AuditRepository(Protocol):
    """Append-only."""

    async def record(
        self, *, actor: str, action: str, subject: str, why: str, at: datetime, facts: dict[str, str] | None = None
    ) -> None: ...
    async def of_subject(self, subject: str, limit: int) -> Sequence[AuditLine]:
        """What was done to one thing or person, the newest first."""
        ...
