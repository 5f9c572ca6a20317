"""Access to API keys for the process that serves `/api`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.entities.api_key import ApiKey
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.tables import api_keys
from subscriptions.infrastructure.repositories.people_repository import api_key


class ApiKeys:
    """Reads and updates of API keys, one statement each. Raises RetryLater if the database does not respond."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def opening(self) -> Sequence[ApiKey]:
        """Return the API keys that are enabled."""
        with translate_errors():
            async with self._engine.connect() as connection:
                rows = await connection.execute(select(api_keys).where(api_keys.c.held_at.is_(None)))
                return [api_key(row) for row in rows]

    async def used(self, name: str, at: datetime) -> None:
        """Record the time of the last use of an API key."""
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execute(update(api_keys).where(api_keys.c.name == name).values(last_used_at=at))
