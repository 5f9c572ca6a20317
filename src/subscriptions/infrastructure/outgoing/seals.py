"""Encryption of webhook endpoints' secrets with WEBHOOK_KEY."""

from typing import Final

from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.outgoing.addresses import Addresses
from subscriptions.infrastructure.telegram.session_vault import SessionVault

KEY: Final = "WEBHOOK_KEY"


class WebhookSeals:
    """Creation and encryption of endpoint secrets, and validation of endpoint addresses."""

    def __init__(self, key: str | None, addresses: Addresses) -> None:
        """`key`: WEBHOOK_KEY; None if it is not set. Raises InvalidInput("WEBHOOK_KEY") for an invalid key."""
        self._vault = SessionVault(key, KEY) if key else None
        self._addresses = addresses

    def seal(self, secret: str) -> str:
        """Implements `Seals.seal`. Raises InvalidInput("WEBHOOK_KEY") if the key is not set."""
        return self._open_vault().seal(secret)

    def unseal(self, ciphertext: str) -> str:
        """Decrypt a secret. Raises InvalidInput("WEBHOOK_KEY") if the key is wrong or not set."""
        return self._open_vault().unseal(ciphertext)

    def check_address(self, url: str) -> str:
        """Implements `Seals.check_address`."""
        return self._addresses.check(url)

    def _open_vault(self) -> SessionVault:
        if self._vault is None:
            raise InvalidInput(KEY, "is not set: put 32 bytes in URL-safe base64 there, for web, worker and commands")
        return self._vault
