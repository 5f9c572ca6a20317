"""Sealed form of activation codes: it identifies the code that a customer submits, and the code cannot be derived from
it.
"""

import hmac
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.activation_token import PREFIX, TOKEN_LENGTH, ActivationToken, letters_of


@dataclass(frozen=True)
class CodeSeal:
    """Keyed digests under which activation codes are stored. Codes have 82 bits, of which logs and the panel show some;
    without a key, a fast computer could find the remaining bits.

    key: known to the processes that create and redeem codes, and not to the database; if None, codes are stored in
    plain text
    keyless: True for a process that creates codes without the key; the stored form is then that of `fingerprint_of`
    """

    key: bytes | None = None
    keyless: bool = False

    @property
    def fingerprint(self) -> str:
        """Short identifier of the key, which differs between keys; empty without a key."""
        return hmac.digest(self.key, b"which key", "sha256").hex()[:16] if self.key is not None else ""

    def seal(self, code: str) -> str | None:
        """Return the sealed code: the first characters of the code, by which people identify the code, and a keyed
        digest. The result has the length and alphabet of a code. Return None without a key.
        """
        if self.key is None:
            return None
        return code[:PREFIX] + letters_of(hmac.digest(self.key, code.encode(), "sha256"), TOKEN_LENGTH - PREFIX)

    def for_order(self, order_id: UUID) -> str | None:
        """Derive the code of a gift. The code is the same on each call and never stored. Return None without a key."""
        if self.key is None:
            return None
        return letters_of(hmac.digest(self.key, b"gift " + order_id.bytes, "sha256"), TOKEN_LENGTH)

    def put_away(self, token: ActivationToken) -> ActivationToken:
        """Return the token as it is to be stored, with its code sealed if possible."""
        if self.keyless:
            return replace(token, token=fingerprint_of(token.token), sealed=True, keyless=True)
        seal = None if token.sealed else self.seal(token.token)
        return token if seal is None else replace(token, token=seal, sealed=True)


def fingerprint_of(code: str) -> str:
    """Return the form in which a code created without a key is stored. It contains no character of the code, so all 82
    bits remain unknown and trying all codes is impossible.
    """
    return letters_of(sha256(b"umbral code " + code.encode()).digest(), TOKEN_LENGTH)


KEYLESS: Final = CodeSeal(keyless=True)
"""Seal for a process that creates codes without a key."""
