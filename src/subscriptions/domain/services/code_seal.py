"""What the database keeps of an activation code: enough to know it again, and nothing to hand in."""

import hmac
from dataclasses import dataclass, replace

from subscriptions.domain.entities.activation_token import ALPHABET, PREFIX, TOKEN_LENGTH, ActivationToken


@dataclass(frozen=True)
class CodeSeal:
    """Codes have 82 bits, of which logs and the panel show some: without a key a fast computer would find the rest.

    key: known to who makes and takes codes, and not to the database. None: codes are kept as they are.
    """

    key: bytes | None = None

    @property
    def fingerprint(self) -> str:
        """By which a key is known for another one; empty for none."""
        return hmac.digest(self.key, b"which key", "sha256").hex()[:16] if self.key is not None else ""

    def of(self, code: str) -> str | None:
        """As many characters of the same kind: the first of the code, by which people tell it, and a keyed digest."""
        if self.key is None:
            return None
        number, letters = int.from_bytes(hmac.digest(self.key, code.encode(), "sha256")), ""
        for _ in range(TOKEN_LENGTH - PREFIX):
            number, drawn = divmod(number, len(ALPHABET))
            letters += ALPHABET[drawn]
        return code[:PREFIX] + letters

    def put_away(self, token: ActivationToken) -> ActivationToken:
        """The token as it is to be kept."""
        sealed = None if token.sealed else self.of(token.token)
        return token if sealed is None else replace(token, token=sealed, sealed=True)
