"""What the database keeps of an activation code: enough to know it again, and nothing to hand in."""

import hmac
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.activation_token import PREFIX, TOKEN_LENGTH, ActivationToken, letters_of


@dataclass(frozen=True)
class CodeSeal:
    """Codes have 82 bits, of which logs and the panel show some: without a key a fast computer would find the rest.

    key: known to who makes and takes codes, and not to the database. None: codes are kept as they are. keyless: of who
    makes codes and has no key: of each its `fingerprint_of` is kept.
    """

    key: bytes | None = None
    keyless: bool = False

    @property
    def fingerprint(self) -> str:
        """By which a key is known for another one; empty for none."""
        return hmac.digest(self.key, b"which key", "sha256").hex()[:16] if self.key is not None else ""

    def seal(self, code: str) -> str | None:
        """As many characters of the same kind: the first of the code, by which people tell it, and a keyed digest."""
        if self.key is None:
            return None
        return code[:PREFIX] + letters_of(hmac.digest(self.key, code.encode(), "sha256"), TOKEN_LENGTH - PREFIX)

    def gift(self, order_id: UUID) -> str | None:
        """The code of a gift, the same each time its giver asks for it and kept nowhere; None without a key."""
        if self.key is None:
            return None
        return letters_of(hmac.digest(self.key, b"gift " + order_id.bytes, "sha256"), TOKEN_LENGTH)

    def put_away(self, token: ActivationToken) -> ActivationToken:
        """The token as it is to be kept."""
        if self.keyless:
            return replace(token, token=fingerprint_of(token.token), sealed=True, keyless=True)
        seal = None if token.sealed else self.seal(token.token)
        return token if seal is None else replace(token, token=seal, sealed=True)


def fingerprint_of(code: str) -> str:
    """What is kept of a code that was made without a key. None of its characters is the code's: all 82 bits of that
    stay unknown, and so many nobody tries out."""
    return letters_of(sha256(b"umbral code " + code.encode()).digest(), TOKEN_LENGTH)


KEYLESS: Final = CodeSeal(keyless=True)
"""For a process that makes codes and has no key."""
