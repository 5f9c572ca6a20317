"""An invitation to the operator's people: a link that works once, and gives its role only once somebody confirms it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import TelegramId

LINK: Final = "team_"
"""What the deep link of an invitation begins with, before its secret."""
LONGEST_HOURS: Final = 168
"""How long a link may open at most."""


@dataclass(kw_only=True)
class StaffInvitation:
    """One invitation. digest: of the secret in its link. role: its name. made_by: as the audit names them.

    opened_by: the first who opened the link, which opens nothing from then on; None until then. accepted_at: when
    they were given the role.
    """

    id: UUID
    digest: str
    role: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    opened_by: TelegramId | None = None
    opened_at: datetime | None = None
    accepted_at: datetime | None = None

    def opens(self, now: datetime) -> bool:
        """Whether its link still opens something."""
        return self.opened_by is None and now < self.expires_at

    def open(self, person: TelegramId, now: datetime) -> None:
        """Bind it to whoever opened it first."""
        self.opened_by, self.opened_at = person, now
