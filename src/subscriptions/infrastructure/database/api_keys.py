"""Access to API keys for the process that serves `/api`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.entities.api_key import Ability, ApiKey
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.tables import api_keys


class ApiKeys:
    """Reader and writer of API keys. Each method executes one statement and raises RetryLater if the database does not
    respond.
    """

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


def key_row(key: ApiKey) -> dict[str, Any]:
    """Return the values of a new API key's row."""
    abilities = " ".join(sorted(key.abilities))
    return {"name": key.name, "digest": key.digest, "abilities": abilities, "created_at": key.created_at}


def api_key(row: Row[Any]) -> ApiKey:
    """Convert a row to an API key. Permissions that only a newer release knows are left out."""
    able = row.abilities.split()
    return ApiKey(**{**row._asdict(), "abilities": frozenset(each for each in Ability if each in able)})
