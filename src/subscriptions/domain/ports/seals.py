"""Port for the encryption of secrets, and for the check of addresses that the operator enters."""

from typing import Protocol


class Seals(Protocol):
    """Encryption of endpoint secrets, and the check of endpoint addresses."""

    def seal(self, secret: str) -> str:
        """Return the secret encrypted for storage. Raise InvalidInput("WEBHOOK_KEY") if there is no key."""
        ...

    def unseal(self, ciphertext: str) -> str:
        """Decrypt a secret. Raise InvalidInput("WEBHOOK_KEY") if the key does not fit or is missing."""
        ...

    def check_address(self, url: str) -> str:
        """Return the address in normal form. Raise InvalidInput("URL") if no events may be sent to this address."""
        ...
