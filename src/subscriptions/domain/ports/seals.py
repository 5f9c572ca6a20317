"""Port for the encryption of secrets, and for the check of addresses that other people name."""

from typing import Protocol


class Seals(Protocol):
    """Creation and encryption of endpoint secrets, and the check of endpoint addresses."""

    def seal(self, secret: str) -> str:
        """Return the secret encrypted for storage. Raises InvalidInput("WEBHOOK_KEY") if there is no key."""
        ...

    def unseal(self, ciphertext: str) -> str:
        """Decrypt a secret. Raises InvalidInput("WEBHOOK_KEY")."""
        ...

    def check_address(self, url: str) -> str:
        """Return the address in normal form. Raises InvalidInput("URL") if events must not be sent to it."""
        ...
