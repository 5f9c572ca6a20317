"""A second factor of somebody of staff at the web console: a code of their app each time, or a recovery code once."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from subscriptions.domain.ids import TelegramId

MISSES: Final = 5
"""Wrong codes after which nobody is asked for another one for a while, and every entry that waits for one ends."""
REST: Final = timedelta(minutes=15)
RECOVERY_CODES: Final = 8
_BYTES: Final = 15
"""120 bits, so that one hash of a code is enough to keep it by (ASVS 6.5.2)."""


@dataclass(kw_only=True)
class SecondFactor:
    """Somebody's. secret: of their app, sealed. confirmed_at: when their app showed that it knows it, None before.
    last_step: the newest period of which a code was used. recovery: digests of the codes that are left.

    misses: wrong codes in a row; missed_at: the last of them.
    """

    person: TelegramId
    secret: str
    confirmed_at: datetime | None = None
    last_step: int = 0
    recovery: frozenset[str] = frozenset()
    misses: int = 0
    missed_at: datetime | None = None

    def rests(self, now: datetime) -> bool:
        """Whether no code is looked at, after too many wrong ones."""
        return self.misses >= MISSES and self.missed_at is not None and now < self.missed_at + REST

    def miss(self, now: datetime) -> bool:
        """Count a wrong code. Return whether it was the last for now."""
        self.misses = 1 if self.misses >= MISSES else self.misses + 1
        self.missed_at = now
        return self.misses >= MISSES

    def use(self, step: int) -> None:
        """Take a code of the app: one of that period or of an earlier one counts no more."""
        self.last_step, self.misses, self.missed_at = step, 0, None

    def recover(self, code: str) -> bool:
        """Use a recovery code up. Return whether it was one."""
        digest = digest_of(code)
        if digest not in self.recovery:
            return False
        self.recovery, self.misses, self.missed_at = self.recovery - {digest}, 0, None
        return True

    def draw_recovery(self) -> list[str]:
        """Draw new recovery codes, to be shown once; those before count no more."""
        codes = [base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)]
        self.recovery = frozenset(digest_of(code) for code in codes)
        return ["-".join(code[place : place + 4] for place in range(0, len(code), 4)) for code in codes]


def digest_of(code: str) -> str:
    """Return what is kept of a recovery code, however its groups are written."""
    return sha256("".join(c for c in code.lower() if c.isalnum()).encode()).hexdigest()
