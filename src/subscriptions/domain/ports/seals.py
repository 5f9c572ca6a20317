"""Port for encrypting the secrets of outgoing webhooks and validating the addresses that receive them."""

from typing import Protocol


class Seals(Protocol):
    """Encryption of webhook endpoints' secrets, and validation of the endpoints' addresses."""

    def seal(self, secret: str) -> str:
        """Return the secret encrypted for storage. Raise InvalidInput("WEBHOOK_KEY") if no encryption key is
        configured.
        """
        ...

    def unseal(self, ciphertext: str) -> str:
        """Decrypt a secret. Raise InvalidInput("WEBHOOK_KEY") if the encryption key is wrong or missing."""
        ...

    def check_address(self, url: str) -> str:
        """Validate and return the address of an endpoint. Raise InvalidInput("URL") if no events may be sent to this
        address.
        """
        ...
