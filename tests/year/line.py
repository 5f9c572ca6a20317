"""Database connection for readers in the simulated year: shared by all readers, and reopened after a replacement of the
database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg


class Line:
    """Database connection that is opened before use, and reopened after the connection was lost."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: asyncpg.Connection | None = None

    async def open(self) -> None:
        """Open the connection."""
        self._connection = await asyncpg.connect(self._dsn, server_settings={"timezone": "UTC"})

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()
        self._connection = None

    async def fetch(self, query: str, *values: object) -> Sequence[Any]:
        """Run a query and return all rows."""
        return list(await self._there().fetch(query, *values))

    async def fetchrow(self, query: str, *values: object) -> Any:
        """Run a query and return the first row, or None."""
        return await self._there().fetchrow(query, *values)

    async def fetchval(self, query: str, *values: object) -> Any:
        """Run a query and return the first value of the first row."""
        return await self._there().fetchval(query, *values)

    async def execute(self, query: str, *values: object) -> None:
        """Run a statement without a result."""
        await self._there().execute(query, *values)

    def _there(self) -> asyncpg.Connection:
        if self._connection is None:
            raise RuntimeError("the line is not open")
        return self._connection
