"""Session of the web console, or of the Mini App in a browser.

A link in the chat offers a session. The session starts when the link is used for the first time, and ends by timeout,
logout or loss of the staff role. Telegram's signed init data of a Mini App page are stored as a session too, so that
only one page can use them.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from subscriptions.domain.ids import TelegramId

LINK_LIVES: Final = timedelta(minutes=5)
"""Lifetime of a login link."""
IDLE: Final = timedelta(minutes=30)
"""Time without use after which a session ends."""
LONGEST: Final = timedelta(hours=12)
"""Maximum duration of a session."""
SEEN_EVERY: Final = timedelta(minutes=1)
"""Minimum interval between two updates of the stored time of last use."""


@dataclass(kw_only=True)
class ConsoleVisit:
    """Session of one person.

    link: digest of the login link's secret
    key: digest of the browser's secret; None until the link is used, which is possible once
    entered_at: time at which the link was used; None until then, and always None for a session that began with
    Telegram's signed init data, which are valid for a limited time only
    app: True if the session is for the Mini App
    proved: True if no second factor is pending
    """

    link: str
    person: TelegramId
    offered_at: datetime
    key: str | None = None
    entered_at: datetime | None = None
    seen_at: datetime | None = None
    app: bool = False
    proved: bool = True

    def enter(self, now: datetime) -> str | None:
        """Use the login link and return the session's secret. Return None if the link has been used already or has
        expired.
        """
        if self.key is not None or now >= self.offered_at + LINK_LIVES:
            return None
        secret = drawn_secret()
        self.key, self.entered_at, self.seen_at = seal(secret), now, now
        return secret

    @property
    def name(self) -> str:
        """Short identifier of the session. It does not give access."""
        return self.link[:16]

    def goes_on(self, now: datetime) -> bool:
        """Return True if the session was used recently and has not reached its maximum duration."""
        if self.entered_at is None or self.seen_at is None:
            return False
        return now < self.seen_at + IDLE and now < self.entered_at + LONGEST


def drawn_secret() -> str:
    """Return a random secret of 256 bits for a URL or a cookie."""
    return secrets.token_urlsafe(32)


def seal(secret: str) -> str:
    """Return the SHA-256 digest under which a secret is stored. Secrets are random, so a slower hash is not needed."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
