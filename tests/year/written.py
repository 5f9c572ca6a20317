"""Monitor of the tables that the product writes, so that the simulation rereads only tables that may have changed."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


class Written:
    """Monitor of the statements of one engine. Tables written over other connections are not noticed, so readers must
    always read them again.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._statements: set[str] = set()
        event.listen(engine.sync_engine, "before_cursor_execute", self._note)

    def take(self) -> Collection[str]:
        """Return all names in the statements since the last call, including table names, except in plain SELECTs."""
        statements, self._statements = self._statements, set()
        return frozenset[str]().union(*map(_names, statements))

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("SELECT"):
            self._statements.add(statement)


@cache
def _names(statement: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", statement))
