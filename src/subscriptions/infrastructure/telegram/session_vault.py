"""Encryption of stored Telegram sessions, each of which gives full access to a userbot account. The sessions are stored
in the database, separately from the encryption key.
"""

from subscriptions.domain.errors import InvalidInput


class SessionVault:
    """Encryption of session strings with Fernet (AES-128-CBC with HMAC-SHA256, github.com/fernet/spec)."""

    def __init__(self, key: str, setting: str = "SESSION_KEY") -> None:
        """`setting`: name of the setting that contains the key. Raises InvalidInput with this name unless the key is 32
        bytes in URL-safe base64.
        """
        from cryptography.fernet import Fernet

        self._setting = setting
        try:
            self._cipher = Fernet(key)
        except ValueError as error:
            raise InvalidInput(setting, "must be 32 bytes in URL-safe base64; `umbral init` makes one") from error

    def seal(self, session: str) -> str:
        """Return the encrypted session."""
        return self._cipher.encrypt(session.encode()).decode()

    def unseal(self, ciphertext: str) -> str:
        """Decrypt a session. Raises InvalidInput with the setting's name if it was encrypted with another key."""
        from cryptography.fernet import InvalidToken

        try:
            return self._cipher.decrypt(ciphertext.encode()).decode()
        except InvalidToken as error:
            raise InvalidInput(self._setting, "is not the key this was stored with") from error
