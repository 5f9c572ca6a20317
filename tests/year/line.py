"""The connection by which the year reads: the same one for all who do, also once another database is in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg


class Line:
    """Opened before it is asked anything; opened anew where the database was lost."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: asyncpg.Connection | None = None

    async def open(self) -> None:
        """Connect."""
        self._connection = await asyncpg.connect(self._dsn, server_settings={"timezone": "UTC"})

    async def close(self) -> None:
        """Let go of it."""
        if self._connection is not None:
            await self._connection.close()
        self._connection = None

    async def fetch(self, query: str, *values: object) -> Sequence[Any]:
        """All rows."""
        return list(await self._there().fetch(query, *values))

    async def fetchrow(self, query: str, *values: object) -> Any:
        """The first row; None: there is none."""
        return await self._there().fetchrow(query, *values)

    async def fetchval(self, query: str, *values: object) -> Any:
        """What stands first in it."""
        return await self._there().fetchval(query, *values)

    async def execute(self, query: str, *values: object) -> None:
        """Without an answer."""
        await self._there().execute(query, *values)

    def _there(self) -> asyncpg.Connection:
        if self._connection is None:
            raise RuntimeError("the line is not open")
        return self._connection
