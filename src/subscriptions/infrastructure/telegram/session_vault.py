"""Stored sessions are full access to an account: they lie in the database encrypted, the key lies elsewhere."""

from cryptography.fernet import Fernet, InvalidToken

from subscriptions.domain.errors import InvalidInput


class SessionVault:
    """Encrypts and decrypts session strings (Fernet: AES-128-CBC with HMAC-SHA256, github.com/fernet/spec)."""

    def __init__(self, key: str) -> None:
        """Raises InvalidInput("SESSION_KEY") for anything that is not 32 bytes in URL-safe base64."""
        try:
            self._cipher = Fernet(key)
        except ValueError as error:
            raise InvalidInput("SESSION_KEY", "must be 32 bytes in URL-safe base64; `umbral init` makes one") from error

    def seal(self, session: str) -> str:
        """The text to store."""
        return self._cipher.encrypt(session.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The session. Raises InvalidInput("SESSION_KEY") when it was sealed with another key."""
        try:
            return self._cipher.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise InvalidInput("SESSION_KEY", "is not the key the accounts were stored with") from error
