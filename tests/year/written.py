"""The tables that the product wrote to, so that the year reads again only what can have changed."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


class Written:
    """Listens to an engine's statements. What is written by other connections has to be read again by its reader."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._statements: set[str] = set()
        event.listen(engine.sync_engine, "before_cursor_execute", self._note)

    def take(self) -> Collection[str]:
        """Return the names in all statements but plain SELECTs since the last call, tables among them."""
        statements, self._statements = self._statements, set()
        return frozenset[str]().union(*map(_names, statements))

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("SELECT"):
            self._statements.add(statement)


@cache
def _names(statement: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", statement))
