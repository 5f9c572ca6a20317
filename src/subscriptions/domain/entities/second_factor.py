"""Second factor of staff at the web console: a one-time code of an authenticator app, or a single-use recovery code."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from subscriptions.domain.ids import TelegramId

MISSES: Final = 5
"""Number of consecutive wrong codes after which codes are refused for a while and all sessions that wait for a code
end.
"""
REST: Final = timedelta(minutes=15)
RECOVERY_CODES: Final = 8
_BYTES: Final = 15
"""Number of random bytes of a recovery code: 120 bits, so that one round of hashing is sufficient for storage (ASVS
6.5.2).
"""


@dataclass(kw_only=True)
class SecondFactor:
    """Second factor of one person.

    secret: encrypted secret of the authenticator app
    confirmed_at: time at which the person proved possession of the secret; None until then
    last_step: latest time step whose code was used
    recovery: digests of the unused recovery codes
    misses: number of consecutive wrong codes
    missed_at: time of the last wrong code
    """

    person: TelegramId
    secret: str
    confirmed_at: datetime | None = None
    last_step: int = 0
    recovery: frozenset[str] = frozenset()
    misses: int = 0
    missed_at: datetime | None = None

    def is_locked(self, now: datetime) -> bool:
        """Return True while codes are refused because there were too many wrong ones."""
        return self.misses >= MISSES and self.missed_at is not None and now < self.missed_at + REST

    def miss(self, now: datetime) -> bool:
        """Count a wrong code. Return True if codes are now refused for a while."""
        self.misses = 1 if self.misses >= MISSES else self.misses + 1
        self.missed_at = now
        return self.misses >= MISSES

    def use(self, step: int) -> None:
        """Mark a code of the app as used. Codes of the same and of earlier time steps are no longer accepted."""
        self.last_step, self.misses, self.missed_at = step, 0, None

    def recover(self, code: str) -> bool:
        """Check a recovery code and mark it as used. Return True if the code was valid."""
        digest = digest_of(code)
        if digest not in self.recovery:
            return False
        self.recovery, self.misses, self.missed_at = self.recovery - {digest}, 0, None
        return True

    def draw_recovery(self) -> list[str]:
        """Return new recovery codes, to be shown once. Earlier codes become invalid."""
        codes = [base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)]
        self.recovery = frozenset(digest_of(code) for code in codes)
        return ["-".join(code[index : index + 4] for index in range(0, len(code), 4)) for code in codes]


def digest_of(code: str) -> str:
    """Return the digest under which a recovery code is stored. Case and grouping are ignored."""
    return sha256("".join(c for c in code.lower() if c.isalnum()).encode()).hexdigest()
