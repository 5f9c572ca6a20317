"""Staff invitation: a single-use link whose role is granted only after confirmation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import TelegramId

LINK: Final = "team_"
"""Prefix of the deep link's payload, followed by the secret."""
LONGEST_HOURS: Final = 168
"""Maximum lifetime of a link in hours."""


@dataclass(kw_only=True)
class StaffInvitation:
    """Invitation of one person to become a staff member.

    digest: digest of the secret in the link
    role: name of the role
    made_by: actor as named in the audit log
    opened_by: first person who opened the link, which is then invalid; None until then
    accepted_at: time at which the role was granted
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
        """Return True if the link is still valid."""
        return self.opened_by is None and now < self.expires_at

    def open(self, person: TelegramId, now: datetime) -> None:
        """Bind the invitation to the first person who opens it."""
        self.opened_by, self.opened_at = person, now
