"""A visit to the web console, or to the Mini App in a browser: offered by a link in the chat, begun once, ended by
time, its visitor or a lost role. What Telegram signs for a page of the Mini App is kept as one, too: it is used by one
page as a link by one browser."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from subscriptions.domain.ids import TelegramId

LINK_LIVES: Final = timedelta(minutes=5)
"""How long a link opens the console."""
IDLE: Final = timedelta(minutes=30)
"""A visit ends when nothing was asked for so long."""
LONGEST: Final = timedelta(hours=12)
"""A visit ends so long after it began, whatever happens."""
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly it is kept when something was asked for last."""


@dataclass(kw_only=True)
class ConsoleVisit:
    """One of somebody's visits. link, key: digests of what opens it and of what its browser shows from then on.

    key and entered_at: None until the link was used, which it can be once; entered_at stays None where Telegram's
    signature is the link, which ends with its age. app: it is to the Mini App, not the console.
    proved: whether it waits for no second factor.
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
        """Use the link: the key of the visit that begins. None: it was used, or is too old."""
        if self.key is not None or now >= self.offered_at + LINK_LIVES:
            return None
        secret = drawn_secret()
        self.key, self.entered_at, self.seen_at = seal(secret), now, now
        return secret

    @property
    def name(self) -> str:
        """Which one it is, in short; it opens nothing."""
        return self.link[:16]

    def goes_on(self, now: datetime) -> bool:
        """Whether it neither rested nor lasted too long."""
        if self.entered_at is None or self.seen_at is None:
            return False
        return now < self.seen_at + IDLE and now < self.entered_at + LONGEST


def drawn_secret() -> str:
    """What nobody guesses: 256 bits, to be shown in an address or a cookie."""
    return secrets.token_urlsafe(32)


def seal(secret: str) -> str:
    """What is kept of it. It is drawn, not chosen, so nothing slower than one hash is needed."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
