"""Stored sessions are full access to an account: they lie in the database encrypted, the key lies elsewhere."""

from subscriptions.domain.errors import InvalidInput


class SessionVault:
    """Encrypts and decrypts session strings (Fernet: AES-128-CBC with HMAC-SHA256, github.com/fernet/spec)."""

    def __init__(self, key: str, setting: str = "SESSION_KEY") -> None:
        """setting: where the key stands. Raises InvalidInput naming it for anything that is not 32 bytes in URL-safe
        base64."""
        from cryptography.fernet import Fernet

        self._setting = setting
        try:
            self._cipher = Fernet(key)
        except ValueError as error:
            raise InvalidInput(setting, "must be 32 bytes in URL-safe base64; `umbral init` makes one") from error

    def seal(self, session: str) -> str:
        """The text to store."""
        return self._cipher.encrypt(session.encode()).decode()

    def unseal(self, ciphertext: str) -> str:
        """The session. Raises InvalidInput naming the setting when it was sealed with another key."""
        from cryptography.fernet import InvalidToken

        try:
            return self._cipher.decrypt(ciphertext.encode()).decode()
        except InvalidToken as error:
            raise InvalidInput(self._setting, "is not the key this was stored with") from error
