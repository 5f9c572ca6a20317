"""The keys of `/api`, as rows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.entities.api_key import Ability, ApiKey
from subscriptions.infrastructure.database.errors import translating
from subscriptions.infrastructure.database.tables import api_keys


class ApiKeys:
    """Each in one statement. Raises RetryLater where the database does not answer."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def add(self, key: ApiKey) -> bool:
        """False: there is one of that name."""
        statement = insert(api_keys).values(
            name=key.name, digest=key.digest, abilities=" ".join(sorted(key.abilities)), created_at=key.created_at
        )
        with translating():
            async with self._engine.connect() as connection:
                added_statement = statement.on_conflict_do_nothing(index_elements=["name"]).returning(api_keys.c.name)
                return (await connection.execute(added_statement)).first() is not None

    async def all(self) -> Sequence[ApiKey]:
        """Those that were made and not revoked, by name."""
        with translating():
            async with self._engine.connect() as connection:
                rows = (await connection.execute(select(api_keys).order_by(api_keys.c.name))).mappings()
                return [ApiKey(**{**row, "abilities": _known(row["abilities"])}) for row in rows]

    async def opening(self) -> Sequence[ApiKey]:
        """Those of them that open."""
        return [key for key in await self.all() if key.held_at is None]

    async def confirm(self, name: str) -> bool:
        """It opens again after the database was brought back. False: there is none of that name."""
        statement = update(api_keys).where(api_keys.c.name == name).values(held_at=None).returning(api_keys.c.name)
        with translating():
            async with self._engine.connect() as connection:
                return (await connection.execute(statement)).first() is not None

    async def revoke(self, name: str) -> bool:
        """It opens no more. False: there is none of that name."""
        gone = delete(api_keys).where(api_keys.c.name == name).returning(api_keys.c.name)
        with translating():
            async with self._engine.connect() as connection:
                return (await connection.execute(gone)).first() is not None

    async def used(self, name: str, at: datetime) -> None:
        """Keep when it opened last."""
        with translating():
            async with self._engine.connect() as connection:
                await connection.execute(update(api_keys).where(api_keys.c.name == name).values(last_used_at=at))


def _known(abilities: str) -> frozenset[Ability]:
    """Without those that only a newer release knows."""
    return frozenset(ability for ability in Ability if ability in abilities.split())
