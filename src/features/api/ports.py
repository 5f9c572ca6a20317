"""Repository of API keys."""

from collections.abc import Sequence
from typing import Final, Protocol

from subscriptions.domain.entities.api_key import ApiKey
from subscriptions.domain.ports.repositories.key import RepositoryKey


class ApiKeyRepository(Protocol):
    """Repository of the API keys of the operator's programs, which have unique names."""

    async def all(self) -> Sequence[ApiKey]:
        """Return the keys that are not revoked, ordered by name."""
        ...

    async def add_if_new(self, key: ApiKey) -> bool:
        """Add a key. Return False if a key with this name or digest exists."""
        ...

    async def confirm(self, name: str) -> bool:
        """Re-enable the API key after a restore. Return False if there is no key of this name."""
        ...

    async def revoke(self, name: str) -> bool:
        """Revoke a key. Return False if there is no key of this name."""
        ...


API_KEYS_KEY: Final = RepositoryKey["ApiKeyRepository"]("api_keys")
