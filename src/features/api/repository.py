"""Repository of API keys in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from features.api.ports import API_KEYS_KEY
from subscriptions.domain.entities.api_key import ApiKey
from subscriptions.infrastructure.database.api_keys import api_key, key_row
from subscriptions.infrastructure.database.tables import api_keys
from subscriptions.infrastructure.repositories.store import Unit


class SqlApiKeyRepository:
    """ApiKeyRepository in PostgreSQL."""

    key = API_KEYS_KEY

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def all(self) -> Sequence[ApiKey]:
        """Return all keys that are not revoked, including keys that are disabled after a restore, ordered by name."""
        return [api_key(row) for row in await self._unit.connection.execute(select(api_keys).order_by(api_keys.c.name))]

    async def add_if_new(self, key: ApiKey) -> bool:
        """Implements `ApiKeyRepository.add_if_new`."""
        statement = insert(api_keys).values(key_row(key)).on_conflict_do_nothing()
        return (await self._unit.connection.execute(statement.returning(api_keys.c.name))).first() is not None

    async def confirm(self, name: str) -> bool:
        """Implements `ApiKeyRepository.confirm`."""
        statement = update(api_keys).where(api_keys.c.name == name).values(held_at=None)
        return (await self._unit.connection.execute(statement)).rowcount > 0

    async def revoke(self, name: str) -> bool:
        """Implements `ApiKeyRepository.revoke`."""
        return (await self._unit.connection.execute(delete(api_keys).where(api_keys.c.name == name))).rowcount > 0


REPOSITORIES: Final = (SqlApiKeyRepository,)
"""Repository classes of the feature."""
